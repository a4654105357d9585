// Pages, answers and documents of an EHR that never was, drawn from a seed, with structured
// identifiers of every kind in every kind of place. It reads no rule of the redactor; what its
// pages are made of is written here. Each document says which identifiers it holds, and the
// part of each that must be nowhere afterwards: a name's words, a number's digits, a whole date.
const WORDS = ('the patient reports pain in lower back and neck since last week better after treatment range of motion is limited no fever sleep poor plan continue twice a week '
  + 'insurance provider appointment status notes saved by next visit follow up billing created').split(' ');
const SYLLABLES = ['bra', 'quo', 'zel', 'mir', 'tho', 'vash', 'grun', 'pel', 'wick', 'dorn', 'lith', 'ka', 'fen', 'osk', 'rud', 'yva', 'nim', 'sorr', 'helt', 'ux'];

// A generator of its own a page: one page more or less moves no other.
function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = n => Math.floor(next() * n), pick = list => list[below(list.length)];
  const digits = n => Array.from({ length: n }, (none, i) => (i === 0 ? 1 + below(8) : below(10))).join('');
  const letters = n => Array.from({ length: n }, () => 'ABCDEFGHJKLMNPRSTUVWXYZ'[below(23)]).join('');
  const word = () => { const made = Array.from({ length: 3 + below(2) }, () => pick(SYLLABLES)).join(''); return made[0].toUpperCase() + made.slice(1); };
  return { next, below, pick, digits, letters, word, hex: n => Array.from({ length: n }, () => '0123456789abcdef'[below(16)]).join('') };
}

const two = number => String(number).padStart(2, '0');
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

function dateOf(g) {
  const year = 1920 + g.below(90), month = 1 + g.below(12), day = 1 + g.below(28), name = MONTHS[month - 1];
  const forms = [`${two(month)}/${two(day)}/${year}`, `${month}/${day}/${year}`, `${year}-${two(month)}-${two(day)}`, `${two(day)}.${two(month)}.${year}`, `${year}${two(month)}${two(day)}`,
    `${name} ${day}, ${year}`, `${day} ${name.slice(0, 3)} ${year}`, `${year}-${two(month)}-${two(day)}T08:00:00`];
  return g.pick(forms);
}

function phoneOf(g) {
  const a = g.digits(3), b = g.digits(3), c = g.digits(4);
  return g.pick([`(${a}) ${b}-${c}`, `${a}-${b}-${c}`, `${a}.${b}.${c}`, `${a} ${b} ${c}`, `+1 ${a} ${b} ${c}`, `+1${a}${b}${c}`, `${a}${b}${c}`, `1-${a}-${b}-${c}`]);
}

function nameOf(g) {
  const first = g.word(), last = g.word();
  return { text: g.pick([`${last}, ${first}`, `${first} ${last}`, `${last.toUpperCase()}, ${first.toUpperCase()}`, `${last.toLowerCase()} ${first.toLowerCase()}`, `${first}-${g.word()} ${last}`]), cores: [first, last] };
}

const numbered = (g, text) => ({ text, cores: [text] });
// kind -> what it draws: the text, and the cores of it.
export const KINDS = {
  name: nameOf,
  address: g => { const street = g.word(), town = g.word(); return { text: `${g.digits(3)} ${street} Street, ${town} ${g.digits(5)}`, cores: [street, town] }; },
  'zip code': g => numbered(g, `${g.digits(5)}-${g.digits(4)}`),
  date: g => numbered(g, dateOf(g)),
  phone: g => numbered(g, phoneOf(g)),
  fax: g => numbered(g, phoneOf(g)),
  email: g => { const user = `${g.word()}.${g.word()}`.toLowerCase(), host = g.word().toLowerCase(); return { text: `${user}@${host}.example`, cores: [user, host] }; },
  ssn: g => numbered(g, g.pick([`${g.digits(3)}-${g.digits(2)}-${g.digits(4)}`, g.digits(9)])),
  'medical record number': g => numbered(g, g.pick([g.digits(8), `MRN${g.digits(7)}`, `${g.digits(3)}-${g.digits(5)}`])),
  'health plan number': g => numbered(g, `${g.letters(3)}${g.digits(9)}`),
  account: g => numbered(g, g.digits(10)),
  licence: g => numbered(g, `${g.letters(2)}-${g.digits(7)}`),
  vehicle: g => numbered(g, `1${g.letters(4)}${g.digits(2)}${g.letters(2)}${g.digits(8)}`),
  device: g => numbered(g, `SN${g.digits(4)}-${g.digits(6)}`),
  url: g => { const host = g.word().toLowerCase(); return { text: `https://${host}.example/${g.digits(6)}`, cores: [host] }; },
  ip: g => numbered(g, g.pick([`${128 + g.below(95)}.${g.below(256)}.${g.below(256)}.${100 + g.below(156)}`, `2001:db8:${g.hex(4)}:${g.hex(4)}::${g.hex(4)}`])),
  biometric: g => numbered(g, g.hex(32)),
  photo: g => { const who = g.word().toLowerCase(); return { text: `${who}-${g.digits(5)}.jpg`, cores: [who] }; },
  other: g => numbered(g, `${g.hex(8)}-${g.hex(4)}-4${g.hex(3)}-a${g.hex(3)}-${g.hex(12)}`),
};

const attribute = text => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
const units = (text, each) => Array.from(text, sign => each(sign.codePointAt(0).toString(16))).join('');
// place -> markup around a text.
export const PLACES = {
  paragraph: t => `<p>Seen today: ${attribute(t)}.</p>`,
  cell: t => `<tr><td>${attribute(t)}</td><td>x</td></tr>`,
  attribute: t => `<div title="${attribute(t)}">.</div>`,
  'data attribute': t => `<li data-patient="${attribute(t)}">.</li>`,
  'hidden field': t => `<input type="hidden" name="info" value="${attribute(t)}">`,
  option: t => `<option value="7">${attribute(t)}</option>`,
  'text area': t => `<textarea name="note">${attribute(t)}</textarea>`,
  comment: t => `<!-- ${t.replaceAll('--', '- ')} -->`,
  script: t => `<script>var patient = ${JSON.stringify(t)};</script>`,
  'JSON in a script': t => `<script type="application/json">${JSON.stringify({ rows: [{ id: 1, value: t }] })}</script>`,
  handler: t => `<a onclick="show('${attribute(t).replaceAll("'", '')}')">x</a>`,
  query: t => `<a href="page.aspx?q=${encodeURIComponent(t)}&x=1">x</a>`,
  'percent, all of it': t => `<a href="page.aspx?q=${[...Buffer.from(t)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')}">x</a>`,
  'form coded': t => `<a href="page.aspx?${new URLSearchParams({ q: t })}">x</a>`,
  path: t => `<img src="/files/${encodeURIComponent(t)}/x.gif">`,
  fragment: t => `<a href="#${encodeURIComponent(t)}">x</a>`,
  'decimal entities': t => `<b>${Array.from(t, sign => `&#${sign.codePointAt(0)};`).join('')}</b>`,
  'hex entities': t => `<b>${units(t, hex => `&#x${hex};`)}</b>`,
  'JS escapes': t => `<script>say("${units(t, hex => `\\u${hex.padStart(4, '0')}`)}");</script>`,
  base64: t => `<input type="hidden" name="state" value="${Buffer.from(`a|${t}|b`).toString('base64')}">`,
  'JSON in an attribute': t => `<div data-row="${attribute(JSON.stringify({ who: t }))}">.</div>`,
  meta: t => `<meta name="subject" content="${attribute(t)}">`,
  legend: t => `<fieldset><legend>${attribute(t)}</legend></fieldset>`,
};

const SHAPES = {
  page: g => ({ media: 'text/html', path: g.pick(['/eClinic/ov_icdcpt.aspx', '/eClinic/waittinglistshow.aspx', '/eClinic/ov_info.aspx', '/']), around: (title, parts) =>
    `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body class="main">\n${parts.join('\n')}\n</body></html>\n` }),
  answer: () => ({ media: 'application/json', path: '/eClinic/ov_search_code_name_tmp.aspx', around: (title, parts) => JSON.stringify({ Success: '1', title, html: parts }) }),
  text: () => ({ media: 'text/plain', path: '/eClinic/log.txt', around: (title, parts) => `${title}\n${parts.join('\n')}\n` }),
  document: () => ({ media: 'text/xml', path: '/eClinic/record.xml', around: (title, parts) => `<?xml version="1.0"?>\n<record title="${attribute(title)}">${parts.map(part => `<part><![CDATA[${part}]]></part>`).join('')}</record>\n` }),
};

// {media, path, text, held: [{kind, place, text, needles}]}
export function documentOf(seed) {
  const g = generator(seed * 2654435761), held = [], words = () => Array.from({ length: 4 + g.below(12) }, () => g.pick(WORDS)).join(' ');
  const shape = SHAPES[g.below(10) < 7 ? 'page' : g.pick(['answer', 'text', 'document'])](g);
  const parts = [];
  for (let left = 12 + g.below(16); left > 0; left--) {
    const kind = g.pick(Object.keys(KINDS)), place = g.pick(Object.keys(PLACES)), { text, cores } = KINDS[kind](g);
    held.push({ kind, place, text, needles: cores.map(core => core.toLowerCase()) });
    parts.push(`<p>${words()}</p>`, PLACES[place](text));
  }
  return { ...shape, seed, text: shape.around(words(), parts), held };
}
