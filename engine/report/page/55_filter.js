// Which visits are shown, and in what order.
const CLASS_RANK = ['failed', 'needs_review', 'unended', 'interrupted', 'hung', 'retried', 'slow', 'fine'];
const rank = (row) => Math.min(...row.visits.map((visit) => (visit ? CLASS_RANK.indexOf(visit.class) : 99)));
const longest = (row) => Math.max(...row.visits.map((visit) => (visit ? lengthOf(visit) : 0)));

function someStep(row, wanted) {
  return row.visits.some((visit) => {
    for (let i = 0; visit && i < visit.steps.length; i += 5) if (wanted(visit.steps, i)) return true;
    return false;
  });
}

function isWanted(row) {
  if (view.outcome && !row.visits.some((visit) => visit && (outcomeOf(visit) === view.outcome || visit.class === view.outcome))) return false;
  if (view.tries && !row.visits.some((visit) => (visit?.attempt ?? 0) >= Number(view.tries))) return false;
  if (view.step && !someStep(row, (steps, i) => model.steps[steps[i + 1]] === view.step && steps[i + 4] !== 0)) return false;
  if (view.kind && !someStep(row, (steps, i) => steps[i + 4] > 0 && model.kinds[steps[i + 4]][0] === view.kind)) return false;
  if (view.differing && differences(row).length === 0) return false;
  const tokens = view.query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!tokens.length) return true;
  const label = row.label, words = wordsOf(row).map((word) => word.toLowerCase());
  return tokens.every((token) => (/^p\d+(\.(v\d*)?)?$/.test(token) ? label === token || label.startsWith(token.includes('.') ? token : `${token}.`) : words.some((word) => word.includes(token))));
}

function filter() {
  view.rows = allRows.filter(isWanted);
  if (view.order === 'longest') view.rows.sort((a, b) => longest(b) - longest(a));
  if (view.order === 'worst') view.rows.sort((a, b) => rank(a) - rank(b) || longest(b) - longest(a));
  pane.count.textContent = view.rows.length === allRows.length ? many(allRows.length, 'visit') : `${number(view.rows.length)} of ${many(allRows.length, 'visit')}`;
  pane.none.hidden = view.rows.length > 0;
  pane.rows.scrollTop = 0;
  if (pane.behind?.open) pane.behind.open = false;
  redraw();
}

function select(name, key, options) {
  const element = h('select', { 'aria-label': name, onchange: () => { view[key] = element.value; filter(); } },
    options.map(([value, text]) => h('option', { value }, text)));
  return element;
}

function present(values) {
  return [...new Set(values)].filter(Boolean).sort();
}

function troubles() {
  const steps = [], kinds = [];
  for (const row of allRows) for (const visit of row.visits)
    for (let i = 0; visit && i < visit.steps.length; i += 5)
      if (visit.steps[i + 4] > 0) { steps.push(model.steps[visit.steps[i + 1]]); kinds.push(model.kinds[visit.steps[i + 4]][0]); }
  return [present(steps), present(kinds)];
}

function toolbar() {
  const [steps, kinds] = troubles();
  const outcomes = present(allRows.flatMap((row) => row.visits.flatMap((visit) => (visit ? [outcomeOf(visit), visit.class] : []))).filter((word) => word !== 'fine'));
  pane.search = h('input', { type: 'search', placeholder: 'p3.v2, saveSOAP, timeout \u2026', 'aria-label': 'search visits', oninput: () => { view.query = pane.search.value; filter(); } });
  pane.mode = h('button', { type: 'button', 'aria-pressed': 'false', onclick: toggleMode, title: 't' }, 'Run time');
  const button = (text, title, run) => h('button', { type: 'button', title, 'aria-label': title, onclick: run }, text);
  return h('div', { class: 'toolbar', role: 'group', 'aria-label': 'which visits, and how large' }, pane.search,
    select('outcome', 'outcome', [['', 'any outcome'], ...outcomes.map((word) => [word, OUTCOMES[word]?.[1] ?? word])]),
    steps.length > 0 && select('failed step', 'step', [['', 'any failed step'], ...steps.map((name) => [name, name])]),
    kinds.length > 0 && select('error kind', 'kind', [['', 'any error'], ...kinds.map((name) => [name, name])]),
    select('tries', 'tries', [['', 'any tries'], ['2', '2 or more'], ['3', '3 or more']]),
    select('order', 'order', [['', 'in order'], ['worst', 'worst first'], ['longest', 'longest first']]),
    model.runs.length > 1 && h('label', { class: 'check' }, h('input', { type: 'checkbox', onchange: (event) => { view.differing = event.target.checked; filter(); } }), 'differing'),
    h('span', { class: 'spring' }), pane.mode,
    h('span', { class: 'joined' }, button('\u2212', 'zoom out', () => zoom(1.6)), button('+', 'zoom in', () => zoom(1 / 1.6)), button('Fit', 'show all', () => { fit(true); redraw(); })));
}

function toggleMode() {
  view.mode = view.mode === 'run' ? 'visit' : 'run';
  pane.mode.setAttribute('aria-pressed', String(view.mode === 'run'));
  fit(false);
  redraw();
}

function legend() {
  const swatch = (kind, text) => h('li', {}, s('svg', { width: 18, height: 12, 'aria-hidden': 'true' }, s('rect', { class: kind, x: 0, y: 0, width: 18, height: 12 })), text);
  const shape = (mark, text) => h('li', {}, s('svg', { width: 14, height: 12, 'aria-hidden': 'true' }, s('path', { class: `mark ${mark}`, d: MARK_SHAPES[mark], transform: 'translate(7 6)' })), text);
  const seen = new Set(model.runs.flatMap((run) => run.marks.filter((mark) => !isPlain(mark)).map((mark) => mark.mark)));
  return h('ul', { class: 'legend', 'aria-label': 'legend' }, Object.entries(PHASE_WORDS).map(([phase, text]) => swatch(`op ${phase}`, text)), swatch('op note change', 'changes the chart'),
    swatch('op failed', 'failed'), swatch('step note pale', 'between operations'),
    h('li', {}, s('svg', { width: 18, height: 12, 'aria-hidden': 'true' }, s('path', { class: 'wait', d: 'M0 6H18' })), 'waits to try again'),
    h('li', {}, s('svg', { width: 8, height: 12, 'aria-hidden': 'true' }, s('path', { class: 'budget', d: 'M4 0v12' })), 'budget'),
    [...seen].map((mark) => shape(mark, MARK_WORDS[mark])));
}
