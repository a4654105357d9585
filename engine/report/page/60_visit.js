// The panel of one visit: what became of it, why, each step with its operations, and the
// commands that go there.
function stepPicture(step, scale) {
  const width = 150, x = (ms) => Math.min(width, ms / scale * width), phase = phaseOf(step.name);
  const parts = [s('rect', { class: `step ${phase} ${step.ops.length ? 'pale' : ''} ${step.failed ? 'failed' : step.pending ? 'pending' : ''}`, x: 0, y: 2, width: Math.max(1, x(step.took)), height: 10 })];
  for (const op of step.ops)
    parts.push(s('rect', { class: `op ${op.failed ? 'failed' : phase}${isChange(op.name) ? ' change' : ''}`, x: x(Math.max(0, op.begin - step.begin)), y: 2, width: Math.max(1, x(op.waited)), height: 10 }));
  for (const op of step.ops) {
    const at = op.begin - step.begin + op.budget;
    if (op.budget && at <= scale) parts.push(s('path', { class: 'budget', d: `M${x(at).toFixed(1)} 0v14` }));
  }
  return s('svg', { width, height: 14, 'aria-hidden': 'true' }, parts);
}

function opSays(op) {
  const said = [];
  if (op.end === 'answered') said.push(op.kind > 0 ? model.kinds[op.kind][0] : '');
  else said.push({ given_up: 'given up', late: 'given up', refused: 'refused', crashed: 'page crashed', gone: 'browser gone', pending: 'no answer yet' }[op.end]);
  if (op.late) said.push(`answered ${duration(op.late)} after the call`);
  return said.filter(Boolean).join(', ');
}

function attemptTable(steps, attempt, scale, name) {
  const items = [];
  for (const step of steps) {
    // One operation that takes the whole step is told in the step's own row.
    const alone = step.ops.length === 1 && step.ops[0].name === step.name && step.took - step.ops[0].waited <= Math.max(20, step.took / 20);
    items.push({ name: step.name, picture: stepPicture(step, scale), took: step.took, budget: alone ? step.ops[0].budget : 0,
      says: [step.failed ? step.errorKind : step.pending ? 'not ended' : '', alone ? opSays(step.ops[0]) : ''].filter((word, i, all) => word && all.indexOf(word) === i).join(', '), rowClass: step.failed ? 'is-failed' : undefined });
    if (!alone)
      for (const op of step.ops) items.push({ name: op.name, took: op.waited, budget: op.budget, says: opSays(op), rowClass: op.failed ? 'is-op is-failed' : 'is-op' });
  }
  return table(`the steps of attempt ${attempt}${name}`, [['step', (item) => item.name, 'name'], [unseen('time'), (item) => item.picture], ['took, ms', (item) => number(item.took), 'n'],
    ['budget', (item) => (item.budget ? number(item.budget) : ''), 'n'], [unseen('result'), (item) => item.says, 'says']], items, { class: 'attempt' });
}

function attempts(visit, name) {
  const steps = stepsOf(visit), scale = Math.max(1, ...steps.map((step) => step.took)), waits = waitsOf(visit), made = [];
  for (const attempt of new Set(steps.map((step) => step.attempt))) {
    const mine = steps.filter((step) => step.attempt === attempt), wait = waits.find((one) => one.attempt === attempt);
    made.push(h('h4', {}, `Attempt ${attempt}`, wait && h('span', { class: 'quiet' }, ` after a wait of ${duration(wait.wait)}`)), attemptTable(mine, attempt, scale, name));
  }
  return made;
}

// What revisit explain says of it.
function troubleFacts(trouble) {
  const facts = [], tell = (name, text) => { if (text) facts.push([name, text]); };
  if (trouble.waitedMs !== undefined)
    tell('waited', `${duration(trouble.waitedMs)}${trouble.budgetMs ? ` of ${duration(trouble.budgetMs)}` : ''} for ${trouble.operation}`);
  tell('silence', trouble.silence);
  tell('answer', [trouble.answer, trouble.place].filter(Boolean).join(': '));
  if (trouble.lastHeard)
    tell('last heard', `${trouble.lastHeard.event ?? `a reply to ${trouble.lastHeard.replyTo ?? 'a command'}`}, ${duration(trouble.lastHeard.agoMs)} before the wait ended`);
  if (trouble.request)
    tell('request', trouble.request.sent ? `sent after ${duration(trouble.request.sentAfterMs)}; ${trouble.request.end ? `${trouble.request.end.replace('_', ' ')} after ${duration(trouble.request.endedAfterMs)}` : 'no end seen'}; ${trouble.request.tookPlace ? 'it took place' : 'the chart does not show it'}` : 'not sent');
  tell('open', (trouble.unanswered ?? []).map((one) => `${one.tail} for ${duration(one.ageMs)}`).join(', '));
  if (trouble.editorsOpened) tell('editors', `${trouble.editorsOpened.length} of 5 were there`);
  if (trouble.framesLoading) tell('frames', `${many(trouble.framesLoading, 'frame')} loading`);
  tell('dialogs', (trouble.dialogs ?? []).map((one) => `${one.dialog} (${one.kind})`).join(', '));
  if (trouble.elsewhere?.n) tell('elsewhere', `p50 ${duration(trouble.elsewhere.p50Ms)}, p95 ${duration(trouble.elsewhere.p95Ms)}, max ${duration(trouble.elsewhere.maxMs)} of ${number(trouble.elsewhere.n)}`);
  tell('then', trouble.then);
  return h('dl', { class: 'facts' }, facts.map(([name, text]) => h('div', {}, h('dt', {}, name), h('dd', {}, text))));
}

function explanation(page, outcome) {
  return [page.verdict && h('p', { class: outcome === 'done' ? 'verdict' : 'verdict bad' }, page.verdict),
    page.journal && h('p', {}, `The journal: ${page.journal}.`),
    (page.troubles ?? []).map((trouble) => h('details', { class: 'trouble', open: page.troubles.length === 1 },
      h('summary', {}, `${trouble.step} at attempt ${trouble.attempt}${trouble.errorKind ? `: ${trouble.errorKind}` : ''} after ${duration(trouble.tookMs)}`), troubleFacts(trouble)))];
}

function commandsOf(run, visit, page) {
  const label = labelOf(visit), failed = stepsOf(visit).find((step) => step.failed), made = [];
  if (run.recording) {
    made.push(['stop a replay there', page?.reproduce || `revisit replay ${run.recording} --until ${failed ? `${label}.a${failed.attempt}.${failed.name}` : label}`]);
    if (page?.cure?.command) made.push(['the cure, found by trying', page.cure.command]);
    made.push(['explain it', `revisit explain ${run.recording} ${label}`]);
    const save = stepsOf(visit).find((step) => isChange(step.name));
    if (visit.class === 'fine' && save) made.push(['what if it had hung', `revisit whatif ${run.recording} --fault ${label}.a1.${save.name}:hang --allow-assumed`]);
  } else if (run.runDir) {
    made.push(['explain it', `revisit explain ${run.runDir} ${label}`]);
  }
  return made.map(([name, text]) => [h('p', { class: 'command-name' }, name), command(text)]);
}

function visitPart(run, visit, r) {
  const page = run.pages.get(labelOf(visit)), several = model.runs.length > 1, outcome = outcomeOf(visit);
  return h('section', { class: 'visit' }, several && h('h3', {}, h('span', { class: `lane-name lane-${r}` }, RUN_NAMES[r]), nameOf(run)),
    h('p', { class: 'outcome' }, glyph(outcome), h('strong', {}, OUTCOMES[outcome][1]), visit.step ? ` at ${visit.step}` : '',
      visit.attempt ? `, ${many(visit.attempt, 'try', 'tries')}` : '', outcome === 'not_attempted' ? '' : `, ${duration(lengthOf(visit))}`, `, ${clock(visit.at, 1000)} into the run`),
    visit.why && h('p', { class: 'why' }, visit.why), page && explanation(page, outcome), commandsOf(run, visit, page), attempts(visit, several ? ` in ${RUN_NAMES[r]}` : ''));
}

function drawPanel() {
  const row = view.chosen, panel = pane.panel;
  pane.split.classList.toggle('open', pane.opened === true);
  panel.hidden = !pane.opened;
  if (!pane.opened) return;
  const differing = model.runs.length > 1 ? differences(row) : [];
  panel.setAttribute('aria-label', `visit ${row.label}`);
  panel.replaceChildren(h('header', {}, h('h3', { class: 'label' }, row.label), h('button', { type: 'button', class: 'close', 'aria-label': 'close the visit', title: 'Escape', onclick: closeVisit }, '\u2715')),
    ...(differing.length ? [h('ul', { class: 'differing' }, differing.map((text) => h('li', {}, h('span', { class: 'differs', 'aria-hidden': 'true' }, '\u2260 '), text)))] : []),
    ...row.visits.map((visit, r) => (visit ? visitPart(model.runs[r], visit, r) : '')));
  panel.scrollTop = 0;
}

function choose(row, scroll = true) {
  view.chosen = row;
  const index = view.rows.indexOf(row);
  if (scroll && index >= 0) {
    const top = index * rowHeight, seen = pane.rows.clientHeight;
    if (top < pane.rows.scrollTop) pane.rows.scrollTop = top;
    else if (top + rowHeight > pane.rows.scrollTop + seen) pane.rows.scrollTop = top + rowHeight - seen;
  }
  if (pane.opened) drawPanel();
  redraw();
}

function move(by) {
  const index = view.rows.indexOf(view.chosen), next = view.rows[Math.max(0, Math.min(view.rows.length - 1, index < 0 ? 0 : index + by))];
  if (!next) return;
  choose(next);
  say(`${next.label}: ${describe(next)}`);
}

function nextTrouble() {
  const from = view.rows.indexOf(view.chosen) + 1, order = [...view.rows.slice(from), ...view.rows.slice(0, from)];
  const found = order.find((row) => row.visits.some((visit) => visit && visit.class !== 'fine'));
  if (found) choose(found);
}

function openVisit(label) {
  const row = allRows.find((one) => one.label === label);
  if (!row) return;
  if (!view.rows.includes(row)) clearFilters();
  pane.opened = true;
  choose(row);
  history.replaceState(null, '', `#${label}`);
  if (pane.rows.getBoundingClientRect().top > innerHeight - 200 || pane.rows.getBoundingClientRect().bottom < 100) byId('visits').scrollIntoView();
  say(`${label}: ${describe(row)}`);
}

function closeVisit() {
  pane.opened = false;
  drawPanel();
  redraw();
  pane.rows.focus({ preventScroll: true });
}

function clearFilters() {
  Object.assign(view, { query: '', outcome: '', step: '', kind: '', tries: '', differing: false });
  pane.search.value = '';
  for (const element of pane.tools.querySelectorAll('select')) if (element.getAttribute('aria-label') !== 'order') element.value = '';
  for (const element of pane.tools.querySelectorAll('input[type=checkbox]')) element.checked = false;
  filter();
}
