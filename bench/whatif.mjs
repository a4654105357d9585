// What-if runs of one recording: how many a minute on one processor, beside a strict replay of
// it and a batch over the model, in turns; and how it grows with the visits.
const TURNS = 5, RUNS = 1000, BATCHES = 200;

const MATRIX = ['--matrix', 'timeout_multiplier=0.5,1,1.5,2', '--matrix', 'max_retries=0,1,2'];

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

export function whatifCost(tool, revisit, source, sizes) {
  const seen = { run_us: [], replay_us: [], batch_us: [], matrix_us: [] };
  let waited = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    const runs = tool('whatif_runs', source, RUNS);
    const matrix = tool('process', 1, revisit, 'whatif', source, ...MATRIX);
    if (matrix.exit) throw new Error(`whatif --matrix ended with ${matrix.exit}`);
    waited += runs.waited;
    seen.run_us.push(runs.cpu_us[0] / RUNS);
    seen.replay_us.push(tool('replay_bench', source, 1).cpu_us[0]);
    seen.batch_us.push(tool('model_batches', BATCHES).cpu_us / BATCHES);
    seen.matrix_us.push(matrix.wall_us[0]);
  }
  const run = median(seen.run_us);
  return {
    runs: TURNS * RUNS, waited, run_ms: run / 1000, runs_per_minute: 60e6 / run,
    times_replay: run / median(seen.replay_us), times_batch: run / median(seen.batch_us), matrix_ms: median(seen.matrix_us) / 1000,
    growth: sizes.filter(([visits]) => visits >= 100).map(([visits, path]) => sizeOf(tool, visits, path)),
  };
}

function sizeOf(tool, visits, path) {
  const runs = Math.max(10, Math.min(RUNS, Math.floor(50000 / visits)));
  const seen = tool('whatif_runs', path, runs);
  return { visits, runs, load_ms: seen.load_us / 1000, run_ms: seen.cpu_us[0] / 1000 / runs, peak_kb: seen.peak_kb };
}
