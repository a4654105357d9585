// The section of the visits, put together.
const VISIT_COLUMNS = [['visit', (row) => visitLink(row.label)],
  ...model.runs.flatMap((run, r) => {
    const name = model.runs.length > 1 ? `${RUN_NAMES[r]} ` : '', of = (tell) => (row) => (row.visits[r] ? tell(row.visits[r]) : '');
    return [[`${name}outcome`, of((visit) => OUTCOMES[outcomeOf(visit)][1])], [`${name}step`, of((visit) => visit.step)], [`${name}error`, of((visit) => visit.errorKind)],
      [`${name}tries`, of((visit) => visit.attempt ?? ''), 'n'], [`${name}begins`, of((visit) => duration(visit.at)), 'n'], [`${name}took, ms`, of((visit) => number(lengthOf(visit))), 'n']];
  }), ...(model.runs.length > 1 ? [['differences', (row) => differences(row).join('; ')]] : [])];

function drawVisits() {
  pane.axis = s('svg', { class: 'axis', height: 24, 'aria-hidden': 'true' });
  pane.shown = h('div', { class: 'shown', role: 'presentation' });
  pane.space = h('div', { class: 'space', role: 'presentation' }, pane.shown);
  pane.rows = h('div', { class: 'rows', role: 'listbox', tabindex: '0', 'aria-label': 'visits, down; time, across' }, pane.space);
  pane.panel = h('div', { class: 'panel', role: 'region', hidden: true, tabindex: '0', 'aria-label': 'visit' });
  pane.count = h('span', { class: 'quiet count', role: 'status' });
  pane.none = h('p', { class: 'none', hidden: true }, 'No visit is like that. ', h('button', { type: 'button', onclick: () => clearFilters() }, 'Show all'));
  pane.tools = toolbar();
  pane.behind = behind('The visits as a table', 'the visits shown', VISIT_COLUMNS, () => view.rows);
  pane.split = h('div', { class: 'split' }, h('div', { class: model.runs.length > 1 ? 'waterfall several' : 'waterfall' },
    h('div', { class: 'axis-row' }, h('span', { class: 'row-label' }), h('span', { class: 'axis-space' }, pane.axis), h('span', { class: 'row-took' })), pane.rows, pane.none), pane.panel);
  add(byId('visits'), h('div', { class: 'title-row' }, h('h2', { id: 'visits-title' }, 'Visits'), pane.count,
    h('button', { type: 'button', class: 'plain', onclick: showHelp, 'aria-label': 'keys' }, 'Keys ', h('kbd', {}, '?'))), pane.tools, legend(), pane.split, pane.behind);
  pane.rows.addEventListener('scroll', redraw, { passive: true });
  pane.rows.addEventListener('click', (event) => {
    const row = event.target.closest('.row');
    if (row) openVisit(row.dataset.label);
  });
  pane.rows.addEventListener('wheel', wheel, { passive: false });
  new ResizeObserver(redraw).observe(pane.rows);
  addEventListener('beforeprint', () => { pane.printing = true; draw(); });
  addEventListener('afterprint', () => { pane.printing = false; redraw(); });
  fit(false);
  filter();
}

function wheel(event) {
  const box = pane.axis.getBoundingClientRect(), across = event.shiftKey ? event.deltaY : event.deltaX;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)));
  } else if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    event.preventDefault();
    pan(across / pane.width);
  }
}
