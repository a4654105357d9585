// Elements, numbers and times. Text goes into the page as text nodes and in no other way.
const SVG = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {}))
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, String(value));
  for (const child of children.flat(Infinity)) if (child !== undefined && child !== null && child !== false) element.append(child);
  return element;
}
// More into an element that is there.
const add = (element, ...children) => fill(element, {}, children);
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const NARROW = '\u202f';
const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, NARROW);
function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 100000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000), hours = Math.floor(seconds / 3600);
  return hours ? `${hours} h ${Math.floor(seconds / 60) % 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
const many = (n, one, more = `${one}s`) => `${number(n)} ${n === 1 ? one : more}`;
const percent = (part, whole) => (whole ? `${(100 * part / whole).toFixed(part === 0 || part === whole ? 0 : 1)} %` : '');

// Round distances on a time axis, in ms.
const STEPS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000, 300000, 600000, 1800000, 3600000, 7200000, 14400000];
const tickStep = (span, width) => STEPS_MS.find((step) => step / span * width >= 72) ?? STEPS_MS[STEPS_MS.length - 1] * Math.ceil(span / STEPS_MS[STEPS_MS.length - 1] / 8);
function clock(ms, step) {
  if (step < 1000) return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(step < 100 ? 2 : 1)} s`;
  if (step < 60000 && ms < 120000) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60000), rest = String(Math.floor(ms / 1000) % 60).padStart(2, '0');
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

const say = (text) => { byId('said').textContent = text; };

function command(text) {
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': `copy: ${text}` }, 'Copy');
  button.addEventListener('click', async () => {
    const done = await (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => true, () => false);
    if (!done) getSelection().selectAllChildren(button.previousSibling);
    button.textContent = done ? 'Copied' : 'Selected';
    say(done ? 'copied' : 'selected: press control C');
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return h('div', { class: 'command' }, h('code', {}, text), button);
}

const unseen = (text) => h('span', { class: 'unseen' }, text);
const glyph = (outcome) => h('span', { class: `glyph ${outcome}`, 'aria-hidden': 'true' }, OUTCOMES[outcome][0]);

// A table; a column is [title, cell of an item, class]. What a cell gives is text or an element.
function table(caption, columns, items, attributes) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, h('table', attributes,
    h('caption', { class: 'unseen' }, caption),
    h('thead', {}, h('tr', {}, columns.map(([title, , kind]) => h('th', { scope: 'col', class: kind }, title instanceof Node ? title.cloneNode(true) : title)))),
    h('tbody', {}, items.map((item) => h('tr', { class: item.rowClass }, columns.map(([, cell, kind], i) =>
      h(i ? 'td' : 'th', { class: kind, scope: i ? undefined : 'row' }, cell(item) ?? '')))))));
}

// The table behind a picture, made when it is opened and no longer than a person reads at once.
const PAGE_ROWS = 200;
function behind(title, caption, columns, items) {
  const details = h('details', { class: 'behind' }, h('summary', {}, title));
  let shown = 0;
  const more = () => {
    details.querySelector('.scroll')?.remove();
    details.querySelector('button')?.remove();
    shown = Math.min(items().length, shown + PAGE_ROWS);
    details.append(table(caption, columns, items().slice(0, shown)));
    if (shown < items().length) details.append(h('button', { type: 'button', onclick: more }, `${many(items().length - shown, 'more row')}`));
  };
  details.addEventListener('toggle', () => {
    if (!details.open) return;
    shown = 0;
    more();
  });
  return details;
}
