// The whole run on one axis: a block a visit, coloured by its outcome; above it what befell
// the run. A click goes to the visit.
const MARK_SHAPES = { browser: 'M0-5L5 4H-5Z', dialog: 'M0-5L5 0L0 5L-5 0Z', breaker: 'M-4-4H4V4H-4Z', stop: 'M-2-5H2V5H-2Z', session: 'M0-5A5 5 0 1 0 .01-5Z', run: 'M-1-6H1V6H-1Z' };
const MARK_WORDS = { browser: 'browser', dialog: 'dialog', breaker: 'breaker', stop: 'stop asked for', session: 'session', run: 'another run begins' };
const markTitle = (mark) => [MARK_WORDS[mark.mark], mark.word?.replaceAll('_', ' '), mark.answer, mark.ms && `for ${duration(mark.ms)}`].filter(Boolean).join(', ');
const isPlain = (mark) => mark.mark === 'browser' && mark.word === 'started';

const OVERVIEW = { width: 1000, lane: 34 };
const LABELS_MAX = 2000; // blocks that have a title; more are only drawn

function overviewLane(run, r, endMs) {
  const x = (ms) => ms / endMs * OVERVIEW.width, y = r * OVERVIEW.lane;
  const lane = s('g', { transform: `translate(0 ${y})` });
  let last = -1;
  for (const mark of run.marks.filter((one) => one.mark === 'breaker' && one.ms))
    lane.append(s('rect', { class: 'breaker', x: x(mark.at), width: Math.max(1, x(mark.ms)), y: 0, height: OVERVIEW.lane - 4 }));
  for (const visit of run.visits) {
    const from = x(visit.at), width = Math.max(0.6, x(lengthOf(visit)) - 0.3), outcome = outcomeOf(visit);
    if (outcome === 'not_attempted' || (from + width < last + 0.4 && outcome === 'done')) continue;
    last = from + width;
    const block = s('rect', { class: `fill-${outcome === 'done' && visit.attempt > 1 ? 'retried' : outcome}`, x: from, width, y: 12, height: OVERVIEW.lane - 18, 'data-label': labelOf(visit) });
    if (run.visits.length <= LABELS_MAX) block.append(s('title', {}, `${labelOf(visit)} ${OUTCOMES[outcome][1]}, ${duration(lengthOf(visit))}`));
    lane.append(block);
  }
  for (const mark of run.marks.filter((one) => !isPlain(one)))
    lane.append(s('path', { class: `mark ${mark.mark}`, d: MARK_SHAPES[mark.mark], transform: `translate(${x(mark.at)} 6) scale(.8)` }, s('title', {}, markTitle(mark))));
  return lane;
}

const MARK_COLUMNS = (r) => [['what', markTitle], ['at', (mark) => duration(mark.at), 'n'],
  ['visit', (mark) => (mark.visit === undefined ? '' : visitLink(labelOf(model.runs[r].visits[mark.visit])))]];

function outcomeLegend() {
  const seen = new Set(model.runs.flatMap((run) => run.visits.map((visit) => (visit.outcome === 'done' && visit.attempt > 1 ? 'retried' : outcomeOf(visit)))));
  return h('ul', { class: 'legend', 'aria-label': 'colours of the visits' }, ['done', 'retried', ...COUNTS.slice(1)].filter((key) => seen.has(key) && key !== 'not_attempted').map((key) =>
    h('li', {}, s('svg', { width: 18, height: 12, 'aria-hidden': 'true' }, s('rect', { class: `fill-${key}`, width: 18, height: 12 })), key === 'retried' ? 'done by retry' : OUTCOMES[key][1])));
}

function drawOverview() {
  const endMs = Math.max(1, ...model.runs.map((run) => run.endMs)), height = OVERVIEW.lane * model.runs.length, box = byId('overview');
  const picture = s('svg', { class: 'overview', viewBox: `0 0 ${OVERVIEW.width} ${height + 16}`, role: 'img',
    'aria-label': `${many(model.runs.length, 'run')} over ${duration(endMs)}: ${model.runs.map(sentence).join('; ')}` });
  const step = tickStep(endMs, OVERVIEW.width);
  for (let at = 0; at <= endMs; at += step) {
    const x = at / endMs * OVERVIEW.width;
    picture.append(s('line', { class: 'grid', x1: x, x2: x, y1: 0, y2: height }),
      s('text', { class: 'tick', x, y: height + 12, 'text-anchor': at === 0 ? 'start' : x > OVERVIEW.width - 20 ? 'end' : 'middle' }, clock(at, step)));
  }
  model.runs.forEach((run, r) => picture.append(overviewLane(run, r, endMs)));
  picture.addEventListener('click', (event) => { if (event.target.dataset?.label) openVisit(event.target.dataset.label); });
  add(box, h('h2', { id: 'overview-title' }, model.runs.length > 1 ? 'The runs' : 'The run'), h('div', { class: 'framed' }, picture), outcomeLegend());
  model.runs.forEach((run, r) => {
    const marks = () => run.marks.filter((mark) => !isPlain(mark));
    if (marks().length)
      add(box, behind(`${many(marks().length, 'mark')}${model.runs.length > 1 ? ` of ${RUN_NAMES[r]}` : ''} as a table`, `what befell run ${RUN_NAMES[r]}`, MARK_COLUMNS(r), marks));
  });
}
