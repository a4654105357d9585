// What durability costs a live run, read from its recording: the time between each record
// that was to be made durable and the answer that it is, in which the engine does nothing
// else, over the time of the whole run.
import { spawnSync } from 'node:child_process';

export function durabilityOf(revisit, recording) {
  const printed = spawnSync(revisit, ['recording', 'cat', recording], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (printed.status !== 0) throw new Error(printed.stderr);
  const asked = new Map();
  let [waited_us, count, at] = [0, 0, 0];
  for (const line of printed.stdout.split('\n').filter(Boolean)) {
    at = Number(/"at":(\d+)/.exec(line)[1]);
    const commit = /"commit":\{"id":(\d+)/.exec(line);
    const answer = commit ? null : /"io":\{"id":(\d+)/.exec(line);
    if (commit) asked.set(commit[1], at);
    if (!answer || !asked.has(answer[1])) continue;
    waited_us += at - asked.get(answer[1]);
    count++;
  }
  return { commits: count, waited_us, run_us: at, percent: 100 * waited_us / at };
}
