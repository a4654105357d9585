// What each operation took, against its budget; and timeouts that the answers speak for.
const RANGE = { width: 260, height: 18 };
function rangeScale() {
  const rowsOf = model.runs.flatMap((run) => run.operations ?? run.steps), most = Math.max(10, ...rowsOf.map((row) => Math.max(row.max ?? 0, row.budget ?? 0, row.latest ?? 0)));
  const top = Math.log10(most * 1.1);
  return (ms) => Math.log10(Math.max(10, ms) / 10) / (top - 1) * (RANGE.width - 10) + 5;
}

function range(row, x) {
  const middle = RANGE.height / 2, parts = [], line = (kind, from, to) => s('path', { class: kind, d: `M${x(from).toFixed(1)} ${middle}H${x(to).toFixed(1)}` });
  for (let decade = 10; x(decade) < RANGE.width; decade *= 10) parts.push(s('path', { class: 'grid', d: `M${x(decade).toFixed(1)} 0V${RANGE.height}` }));
  if (row.n) parts.push(line('range-thin', row.p50, row.max), line(`range-thick ${phaseOf(row.name)}`, row.p50, row.p95), s('circle', { class: 'range-dot', cx: x(row.max), cy: middle, r: 2.5 }));
  if (row.latest) parts.push(s('path', { class: 'range-late', d: `M${x(row.latest) - 4} ${middle - 4}l8 8m-8 0l8-8` }));
  if (row.budget) parts.push(s('path', { class: 'budget', d: `M${x(row.budget).toFixed(1)} 1V${RANGE.height - 1}` }));
  const label = row.n ? `p50 ${row.p50}, p95 ${row.p95}, max ${row.max}${row.budget ? `, budget ${row.budget}` : ''} ms` : 'no answer that went well';
  return s('svg', { width: RANGE.width, height: RANGE.height, role: 'img', 'aria-label': label }, parts);
}

function drawSteps() {
  const box = byId('steps'), x = rangeScale(), several = model.runs.length > 1, items = [], recorded = model.runs.some((run) => run.operations);
  const names = [...new Set(model.runs.flatMap((run) => (run.operations ?? run.steps).map((row) => row.name)))];
  for (const name of names)
    model.runs.forEach((run, r) => {
      const row = (run.operations ?? run.steps).find((one) => one.name === name);
      if (row) items.push({ ...row, run: r, rowClass: row.failed ? 'has-failed' : undefined });
    });
  const ms = (key) => (row) => (row[key] === undefined ? '' : number(row[key]));
  const late = (row) => (row.late === undefined ? (row.givenUp ? 'not known' : '') : row.givenUp ? `${row.late} of ${row.givenUp}` : '');
  const columns = [[recorded ? 'operation' : 'step', (row) => [several && h('span', { class: `lane-name lane-${row.run}` }, RUN_NAMES[row.run]), row.name], 'name'], ['times', ms('n'), 'n'],
    ['p50', ms('p50'), 'n'], ['p95', ms('p95'), 'n'], ['p99', ms('p99'), 'n'], ['max', ms('max'), 'n'], ['from 10 ms, by powers of ten', (row) => range(row, x), 'range'],
    ['budget', ms('budget'), 'n'], ['failed', (row) => row.failed || '', 'n'], ['given up', (row) => row.givenUp || '', 'n'], ['of these answered late', late, 'n']];
  add(box, h('h2', { id: 'steps-title' }, recorded ? 'Operations against their budgets' : 'Steps against their budgets'),
    h('p', { class: 'note' }, 'Times in ms, of those that went well. Bar: p50 to p95; line to the longest, a dot; upright: the budget at the first attempt',
      recorded ? '; cross: the latest answer that came after its operation was given up.' : '. Only a recording tells operations from the steps around them.'),
    table('times of operations', columns, items, { class: 'operations' }), falseTimeouts());
}

// Of those given up, how many would have been answered.
function falseTimeouts() {
  return model.runs.filter((run) => run.operations).map((run, r) => {
    const givenUp = run.operations.reduce((sum, row) => sum + row.givenUp, 0), lates = run.operations.reduce((sum, row) => sum + row.late, 0);
    const name = model.runs.length > 1 ? `${RUN_NAMES[r]}: ` : '';
    return h('p', { class: 'false-timeouts' }, givenUp
      ? `${name}${number(lates)} of ${many(givenUp, 'timeout')} ${lates === 1 ? 'was' : 'were'} false (${percent(lates, givenUp)}): answered after all, as far as this recording listened.`
      : `${name}No operation was given up.`);
  });
}

// One number stretches the whole table.
function multiplierOf(run) {
  if (run.proposedMultiplier <= run.multiplier) return h('p', {}, 'No class wants longer: TIMEOUT_MULTIPLIER may stay as it is.');
  const multiplier = run.proposedMultiplier / 1000;
  return [h('p', {}, `They are one table times TIMEOUT_MULTIPLIER; ${multiplier} gives every class that wants longer what it wants:`),
    command(`revisit whatif ${run.recording} --set timeout_multiplier=${multiplier} --allow-assumed`)];
}

const ADVICE = { keep: 'as it is', longer: 'longer', shorter: 'shorter', 'too few': 'too few answers' };
function drawBudgets() {
  const box = byId('budgets'), told = model.runs.map((run, r) => [run, r]).filter(([run]) => run.budgets);
  add(box, h('h2', { id: 'budgets-title' }, 'Timeouts that the answers speak for'));
  if (!told.length) {
    add(box, h('p', {}, 'Only a recording holds the answers that tell.'));
    return;
  }
  const ms = (key) => (row) => (row[key] === undefined ? '' : number(row[key]));
  const columns = [['budget class', (row) => row.name, 'name'], ['budget', ms('budget'), 'n'], ['answers', ms('n'), 'n'], ['p99', ms('p99'), 'n'], ['longest', ms('max'), 'n'],
    ['given up', (row) => row.givenUp || '', 'n'], ['late', (row) => row.late || '', 'n'], ['latest', ms('latest'), 'n'], ['proposed', ms('proposed'), 'n proposed'], [unseen('advice'), (row) => ADVICE[row.advice], 'says']];
  for (const [run, r] of told) {
    if (told.length > 1) add(box, h('h3', {}, h('span', { class: `lane-name lane-${r}` }, RUN_NAMES[r]), nameOf(run)));
    add(box, table(`proposed timeouts${told.length > 1 ? ` for ${RUN_NAMES[r]}` : ''}`, columns, run.budgets.map((row) => ({ ...row, rowClass: `advice-${row.advice.replace(' ', '-')}` })), { class: 'budgets' }), multiplierOf(run));
  }
  add(box, h('p', { class: 'note' }, `The rule: ${told[0][0].rule}`));
}
