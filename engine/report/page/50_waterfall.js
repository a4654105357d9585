// Visits down, time across. Rows that are in view are drawn, and no others; whatever changes
// what is seen changes `view` and asks for a redraw.
const LANE = 16, ROW_PAD = 8;
const rowHeight = LANE * model.runs.length + ROW_PAD;
const view = { mode: 'visit', from: 0, span: 1, full: 1, rows: allRows, chosen: null, query: '', outcome: '', step: '', kind: '', tries: '', order: '', differing: false };
const pane = {};
const DRAWN_WHEN_PRINTED = 400;

const beginOf = (visit) => (view.mode === 'run' ? visit.at : 0);

function fit(wide) {
  const ends = [];
  for (const row of allRows) for (const visit of row.visits) if (visit) ends.push(beginOf(visit) + lengthOf(visit));
  ends.sort((a, b) => a - b);
  view.full = Math.max(1, ends[ends.length - 1] ?? 1) * 1.02;
  const common = (ends[Math.floor(ends.length * 0.9)] ?? view.full) * 3;
  view.from = 0;
  view.span = wide || view.mode === 'run' ? view.full : Math.min(view.full, common);
}

function zoom(factor, centre = 0.5) {
  const span = Math.min(view.full, Math.max(20, view.span * factor));
  view.from += (view.span - span) * centre;
  view.span = span;
  pan(0);
}
function pan(part) {
  view.from = Math.max(0, Math.min(view.full - view.span, view.from + part * view.span));
  redraw();
}

const xOf = (ms) => (ms - view.from) / view.span * pane.width;

// A part of a bar as far as it is in view; undefined where it is not.
function bar(kind, begin, took, y, height) {
  const from = Math.max(-2, xOf(begin)), to = Math.min(pane.width + 2, xOf(begin + took));
  if (to < 0 || from > pane.width || to < from) return undefined;
  return s('rect', { class: kind, x: from.toFixed(1), width: Math.max(1, to - from).toFixed(1), y, height });
}

function tick(at, y) {
  const x = xOf(at);
  return x < 0 || x > pane.width ? undefined : s('path', { class: 'budget', d: `M${x.toFixed(1)} ${y - 1}v${LANE - 2}` });
}

function stepBars(step, begin, y) {
  const at = begin + step.begin, phase = phaseOf(step.name), parts = [], state = step.failed ? ' failed' : step.pending ? ' pending' : '';
  parts.push(bar(`step ${phase}${step.ops.length ? ' pale' : ''}${state}`, at, step.took, y, LANE - 4));
  for (const op of step.ops) parts.push(bar(`op ${op.failed ? 'failed' : phase}${isChange(op.name) ? ' change' : ''}`, begin + op.begin, op.waited, y, LANE - 4));
  for (const op of step.ops) if (op.budget && (op.failed || op.waited * 2 > op.budget)) parts.push(tick(begin + op.begin + op.budget, y));
  return parts;
}

function lane(visit, marks, r) {
  const begin = beginOf(visit), y = ROW_PAD / 2 + r * LANE + 2, parts = [], runAt = (mark) => mark.at - (view.mode === 'run' ? 0 : visit.at);
  for (const wait of waitsOf(visit)) {
    const from = Math.max(0, xOf(begin + wait.begin)), to = Math.min(pane.width, xOf(begin + wait.begin + wait.wait));
    if (to > from) parts.push(s('path', { class: 'wait', d: `M${from.toFixed(1)} ${y + LANE / 2 - 2}H${to.toFixed(1)}` }));
  }
  for (const step of stepsOf(visit)) parts.push(...stepBars(step, begin, y));
  for (const mark of marks) {
    const x = xOf(runAt(mark));
    if (!isPlain(mark) && x >= 0 && x <= pane.width)
      parts.push(s('path', { class: `mark ${mark.mark}`, d: MARK_SHAPES[mark.mark], transform: `translate(${x.toFixed(1)} ${y + 6}) scale(.8)` }));
  }
  if (xOf(begin + lengthOf(visit)) > pane.width) parts.push(s('path', { class: 'beyond', d: `M${pane.width - 6} ${y + 2}l4 4l-4 4` }));
  if (xOf(begin + lengthOf(visit)) < 0) parts.push(s('path', { class: 'beyond', d: `M6 ${y + 2}l-4 4l4 4` }));
  return parts.filter(Boolean);
}

const describe = (row) => row.visits.map((visit, r) => visit && [model.runs.length > 1 && RUN_NAMES[r], OUTCOMES[outcomeOf(visit)][1],
  visit.step && `at ${visit.step}`, visit.errorKind, visit.attempt > 1 && `${visit.attempt} tries`, duration(lengthOf(visit))].filter(Boolean).join(', ')).filter(Boolean).join('; ');

function drawRow(row, index) {
  const first = row.visits.find(Boolean), differs = model.runs.length > 1 && differences(row).length > 0;
  const tries = Math.max(...row.visits.map((visit) => visit?.attempt ?? 0));
  return h('div', { id: `row-${row.label}`, class: row === view.chosen ? 'row chosen' : 'row', role: 'option', 'aria-selected': row === view.chosen, 'aria-posinset': index + 1,
    'aria-setsize': view.rows.length, 'aria-label': `${row.label}: ${describe(row)}${differs ? `; differs: ${differences(row).join(', ')}` : ''}`, 'data-label': row.label },
  h('span', { class: 'row-label' }, row.visits.map((visit) => visit && glyph(outcomeOf(visit))), h('span', { class: 'label' }, row.label),
    tries > 1 && h('span', { class: 'tries' }, `\u00d7${tries}`), differs && h('span', { class: 'differs' }, '\u2260')),
  s('svg', { class: 'lanes', width: pane.width, height: rowHeight, 'aria-hidden': 'true' }, row.visits.map((visit, r) => (visit ? lane(visit, row.marks[r], r) : []))),
  h('span', { class: 'row-took' }, row.visits.map((visit) => h('span', {}, visit && visit.outcome !== 'not_attempted' ? duration(lengthOf(visit)) : '\u2013'))));
}

function drawAxis() {
  const step = tickStep(view.span, pane.width), axis = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.from + view.span; at += step) {
    const x = xOf(at);
    axis.push(s('line', { class: 'grid', x1: x, x2: x, y1: 18, y2: 24 }), s('text', { class: 'tick', x, y: 13, 'text-anchor': x < 16 ? 'start' : x > pane.width - 20 ? 'end' : 'middle' }, clock(at, step)));
  }
  pane.axis.replaceChildren(...axis);
  pane.axis.setAttribute('width', pane.width);
}

function draw() {
  pane.asked = false;
  pane.width = Math.max(120, pane.axis.parentElement.clientWidth);
  const height = pane.rows.clientHeight, all = pane.printing ? Math.min(DRAWN_WHEN_PRINTED, view.rows.length) : 0;
  const first = all ? 0 : Math.max(0, Math.floor(pane.rows.scrollTop / rowHeight) - 3);
  const last = all || Math.min(view.rows.length, Math.ceil((pane.rows.scrollTop + height) / rowHeight) + 3);
  drawAxis();
  pane.space.style.height = `${view.rows.length * rowHeight}px`;
  pane.shown.style.transform = `translateY(${first * rowHeight}px)`;
  pane.shown.replaceChildren(...view.rows.slice(first, last).map((row, i) => drawRow(row, first + i)));
  const drawn = view.chosen && document.getElementById(`row-${view.chosen.label}`);
  if (drawn) pane.rows.setAttribute('aria-activedescendant', drawn.id);
  else pane.rows.removeAttribute('aria-activedescendant');
}

function redraw() {
  if (!pane.asked) requestAnimationFrame(draw);
  pane.asked = true;
}
