// How it ended, and what to do next.
const COUNTS = ['done', 'failed', 'needs_review', 'interrupted', 'undecided', 'not_attempted', 'unended'];
const ENDINGS = {
  complete: 'complete', fatal: 'stopped for good', breaker: 'stopped by the breaker', stopped: 'stopped, and can be resumed',
  environment: 'ended by its environment',
};
const endingOf = (run) => (run.outcome && !(run.cut && run.outcome === 'complete') ? ENDINGS[run.outcome] ?? 'ended' : 'cut: its end is not there');
const nameOf = (run) => run.path.replace(/\/+$/, '').split('/').pop();

function sentence(run) {
  const { counts } = run, said = [`${number(counts.done)} of ${many(counts.total, 'visit')} done`];
  for (const key of COUNTS.slice(1)) if (counts[key]) said.push(`${number(counts[key])} ${OUTCOMES[key][1]}`);
  return said.join(', ');
}

function proportion(run) {
  const { counts } = run, all = COUNTS.filter((key) => counts[key]), width = 1000;
  const whole = Math.max(1, all.reduce((sum, key) => sum + counts[key], 0) + counts.unseen);
  let x = 0;
  const picture = s('svg', { class: 'proportion', viewBox: `0 0 ${width} 10`, preserveAspectRatio: 'none', role: 'img', 'aria-label': sentence(run) });
  for (const key of all) {
    const part = Math.max(4, counts[key] / whole * width);
    picture.append(s('rect', { class: `fill-${key}`, x, width: Math.max(1, part - 2), height: 10 }));
    x += part;
  }
  return picture;
}

function figures(run) {
  const { counts } = run;
  const list = COUNTS.filter((key) => counts[key] || key === 'done' || key === 'failed' || key === 'needs_review')
    .map((key) => [OUTCOMES[key][1], number(counts[key]), key]);
  if (counts.settled) list.push(['settled before', number(counts.settled), '']);
  list.push(['retries', number(counts.retries), ''], ['done by retry', number(counts.doneByRetry), ''], ['a visit, p50', duration(counts.visitP50Ms), ''],
    ['a visit, p99', duration(counts.visitP99Ms), ''], ['in all', duration(counts.totalMs || run.endMs), '']);
  return h('dl', { class: 'figures' }, list.map(([name, value, key]) =>
    h('div', { class: key && value !== '0' ? `figure ${key}` : 'figure' }, h('dt', {}, name), h('dd', {}, value))));
}

function drawHead() {
  const several = model.runs.length > 1;
  document.title = `${model.runs.map(nameOf).join(', ')} \u2013 revisit report`;
  add(byId('head'), h('p', { class: 'product' }, 'revisit report'),
    model.runs.map((run, r) => h('section', { class: 'run', 'aria-label': `run ${RUN_NAMES[r]}` },
      h(r ? 'h2' : 'h1', {}, several && h('span', { class: `lane-name lane-${r}` }, RUN_NAMES[r]), nameOf(run)),
      h('p', { class: 'lead' }, `${sentence(run)}. `, h('span', { class: run.outcome === 'complete' && !run.cut ? 'quiet' : 'loud' }, endingOf(run)),
        run.reason && `: ${run.reason}`, run.multiplier && run.multiplier !== 1000 ? `, timeouts times ${run.multiplier / 1000}` : ''),
      proportion(run), figures(run))));
}

const resumeCommand = (run) => `revisit run BATCH.json --base-url URL --state STATE.json --resume --run-dir ${run.runDir ?? 'RUN_DIR'}`;

function visitLink(label) {
  return h('a', { href: `#${label}`, class: 'label', onclick: (event) => { event.preventDefault(); openVisit(label); } }, label);
}

const SHOWN_MAX = 12;
function tasks(run) {
  const list = [], of = (...outcomes) => run.visits.filter((visit) => outcomes.includes(outcomeOf(visit)));
  const lines = (visits) => h('ul', { class: 'lines' }, visits.slice(0, SHOWN_MAX).map((visit) => h('li', {}, glyph(outcomeOf(visit)), visitLink(labelOf(visit)), ' ',
    visit.step ? h('span', { class: 'step' }, visit.step) : '', ' ', visit.why ?? OUTCOMES[outcomeOf(visit)][1])),
  visits.length > SHOWN_MAX && h('li', {}, `and ${many(visits.length - SHOWN_MAX, 'more')}`));
  const review = of('needs_review'), failed = of('failed', 'undecided');
  if (review.length)
    list.push([`Look at ${many(review.length, 'chart')} before anybody bills again`, lines(review),
      h('p', { class: 'note' }, 'p3.v2 is patient 3 of the batch file, dos 2; revisit status names them by the batch.')]);
  if (run.outcome !== 'complete' || run.cut)
    list.push([run.outcome === 'fatal' ? 'Log in again, save the state, and go on' : 'Go on where it stands', command(resumeCommand(run))]);
  if (failed.length)
    list.push([`See why ${many(failed.length, 'visit')} failed`, lines(failed), command(`revisit explain ${run.word}`)]);
  if (run.proposedMultiplier > run.multiplier)
    list.push(['Answers came late: look at the timeouts that they ask for', h('p', {}, h('a', { href: '#budgets' }, 'proposed timeouts'), ', and what this run would have been under them:'),
      command(`revisit whatif ${run.recording} --set timeout_multiplier=${run.proposedMultiplier / 1000} --allow-assumed`)]);
  return list;
}

function drawNext() {
  const box = byId('next');
  add(box, h('h2', { id: 'next-title' }, 'What to do next'));
  model.runs.forEach((run, r) => {
    const list = tasks(run), name = model.runs.length > 1 && h('h3', {}, h('span', { class: `lane-name lane-${r}` }, RUN_NAMES[r]), nameOf(run));
    add(box, h('div', { class: 'tasks' }, name, list.length
      ? h('ol', {}, list.map(([title, ...rest]) => h('li', {}, h('strong', {}, title), rest)))
      : h('p', {}, 'Nothing: every visit is done.')));
  });
}
