// The keyboard.
const KEYS = [['j  k', 'next, previous visit', 'jk'], ['n', 'next visit that did not go well', 'n'], ['Enter', 'open the visit'], ['Escape', 'close it; clear the search'],
  ['/', 'search'], ['+  \u2212', 'zoom in, out'], ['0', 'show all'], ['\u2190  \u2192', 'move in time'], ['t', 'run time, or each visit from its begin'], ['?', 'these keys']];

function showHelp() {
  const box = byId('help');
  if (!box.firstChild)
    box.append(h('h2', { id: 'help-title' }, 'Keys'), h('dl', { class: 'keys' }, KEYS.map(([keys, text]) => h('div', {}, h('dt', {}, keys.split('  ').map((key) => h('kbd', {}, key))), h('dd', {}, text)))),
      h('p', { class: 'note' }, 'With Control the wheel zooms, with Shift it moves in time. Search: p3, p3.v2, a step, an error, an outcome, retried, dialog, browser.'),
      h('button', { type: 'button', onclick: () => box.close() }, 'Close'));
  box.showModal();
}

const ACTIONS = {
  j: () => move(1), k: () => move(-1), n: nextTrouble, '/': () => pane.search.focus(), '?': showHelp, t: toggleMode,
  '+': () => zoom(1 / 1.6), '=': () => zoom(1 / 1.6), '-': () => zoom(1.6), 0: () => { fit(true); redraw(); },
};
const OF_ROWS = {
  ArrowDown: () => move(1), ArrowUp: () => move(-1), ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2),
  Home: () => choose(view.rows[0]), End: () => choose(view.rows[view.rows.length - 1]), Enter: () => view.chosen && openVisit(view.chosen.label),
};

function escape() {
  if (document.activeElement === pane.search && pane.search.value) clearFilters();
  else if (pane.opened) closeVisit();
  document.activeElement?.blur?.();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return;
  const writes = ['INPUT', 'SELECT', 'TEXTAREA'].includes(event.target.tagName), onRows = event.target === pane.rows || event.target === document.body;
  if (event.key === 'Escape') return void escape();
  if (writes) return void (event.key === 'Enter' && event.target === pane.search && pane.rows.focus());
  const action = ACTIONS[event.key] ?? (onRows ? OF_ROWS[event.key] : undefined);
  if (!action || (event.target === document.body && ['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key))) return;
  event.preventDefault();
  action();
}
