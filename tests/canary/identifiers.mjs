// The canaries: the 18 identifiers that HIPAA's safe harbor names (45 CFR 164.514(b)(2)), each
// an invented value that stands nowhere else, and the spellings in which they are planted. Phone
// numbers are of the range kept for fiction, addresses of those kept for documentation, the SSN
// of those kept for advertising. They lie outside of all ranges that a stand-in is drawn from.
import { gzipSync } from 'node:zlib';

// Three sets of them: what pages say, what the batch says besides, what the session keeps. What is
// known from a batch or a cookie may be replaced wherever it stands; the others must go all the same.
const NAMES = [['QUILLFEATHER', 'ZEPHANIAH'], ['HOLLOWCROFT', 'PERPETUA'], ['LANTERNBY', 'OSWINIA']];
const PLACES = [['Wrenhollow', 'Larkspurton'], ['Thistledene', 'Cobbleford-on-Usk'], ['Marrowbone', 'Pennyfarthing']];
const BORN = [['11', '23', '1987'], ['04', '09', '1972'], ['12', '31', '1959']];

export const PATIENTS = [
  { name: NAMES[0].join(', '), dob: BORN[0].join('/') },
  { name: 'ØRVANDSEN-WREN, MÄRTHE', dob: '08/30/1964' },
];

// kind; forms: as a page may write it, the second one the same told otherwise (a name in the
// other order, a number without its separators); needles: what no byte written may hold, in
// lower case, without blanks, each long enough to be no accident.
const identifier = (kind, forms, needles) => ({ kind, forms, needles: needles.map(needle => needle.replace(/[A-Z]/g, sign => sign.toLowerCase())) });
const title = word => word[0] + word.slice(1).toLowerCase();
const dates = ([month, day, year]) => [`${month}/${day}/${year}`, `${year}-${month}-${day}`, `${year}${month}${day}`, `${month}${day}${year}`, `${month}-${day}-${year}`, `${day}.${month}.${year}`, `${day}/${month}/${year}`];

function identifiers(n, where) {
  const [last, first] = NAMES[n], [street, town] = PLACES[n], kind = name => (where ? `${name} (${where})` : name);
  return [
    identifier(kind('name'), [`${last}, ${first}`, `${title(first)} ${title(last)}`], [last, first]),
    identifier(kind('address'), [`471${n} ${street} Crescent, ${town} 02199`, `${town}, 471${n} ${street} Crescent`], [street, town]),
    identifier(kind('date'), dates(BORN[n]).slice(0, 2), dates(BORN[n])),
    identifier(kind('phone'), [`(917) 555-014${n}`, `917555014${n}`], [`555-014${n}`, `917555014${n}`]),
    identifier(kind('fax'), [`646-555-017${n}`, `646555017${n}`], [`555-017${n}`, `646555017${n}`]),
    identifier(kind('email'), [`zq.canary${n}@aviary${n}.example`, `ZQ.Canary${n}@Aviary${n}.Example`], [`zq.canary${n}`, `aviary${n}.example`]),
    identifier(kind('ssn'), [`987-65-432${n}`, `98765432${n}`], [`987-65-432${n}`, `98765432${n}`]),
    identifier(kind('medical record number'), [`MRN 7730194${n}`, `7730194${n}`], [`7730194${n}`]),
    identifier(kind('health plan number'), [`HPN-88412037${n}X`, `HPN88412037${n}X`], [`88412037${n}x`]),
    identifier(kind('account'), [`ACCT-553091774${n}`, `553091774${n}`], [`553091774${n}`]),
    identifier(kind('licence'), [`LIC-QF-4039182${n}`, `QF4039182${n}`], [`4039182${n}`]),
    identifier(kind('vehicle'), [`1CNRY7QF0A019384${n}`, `1cnry7qf0a019384${n}`], [`1cnry7qf0a019384${n}`]),
    identifier(kind('device'), [`SN-PMK-8812093${n}`, `PMK8812093${n}`], [`8812093${n}`]),
    identifier(kind('url'), [`https://aviary-rookery${n}.example/p/7`, `http://aviary-rookery${n}.example`], [`aviary-rookery${n}`]),
    identifier(kind('ip'), [`203.0.113.7${n}`, `::ffff:203.0.113.7${n}`], [`203.0.113.7${n}`]),
    identifier(kind('biometric'), [`FP-9f3c77e1d2ab40c${n}`, `9F3C77E1D2AB40C${n}`], [`9f3c77e1d2ab40c${n}`]),
    identifier(kind('photo'), [`face-quill-551823${n}.jpg`, `FACE-QUILL-551823${n}.JPG`], [`face-quill-551823${n}`]),
    identifier(kind('other'), [`UID-CNRY-663017552${n}`, `663017552${n}`], [`663017552${n}`]),
  ];
}

export const IDENTIFIERS = identifiers(0, '');
export const OF_BATCH = identifiers(1, 'batch');
export const OF_SESSION = identifiers(2, 'session');
// Known by where they stand alone: the batch's second patient, and another one whom pages name.
export const SECOND = [
  identifier('second name', [PATIENTS[1].name], ['ørvandsen', 'Ørvandsen', 'märthe', 'MÄrthe']),
  identifier('second date', [PATIENTS[1].dob], dates(PATIENTS[1].dob.split('/'))),
];
export const STRANGER = identifier('name of another', ['BRAMBLEWICK, THEODOLINDA', 'Theodolinda Bramblewick'], ['bramblewick', 'theodolinda']);
export const ALL = [...IDENTIFIERS, STRANGER, ...OF_BATCH, ...OF_SESSION, ...SECOND];

const bytes = (value, each) => [...Buffer.from(value)].map(each).join('');
const units = (value, each) => Array.from({ length: value.length }, (none, i) => each(value.charCodeAt(i))).join('');
const hex = (number, width) => number.toString(16).padStart(width, '0');
const wide = value => Buffer.from(value, 'utf16le');
const NAMED = { ',': '&comma;', '/': '&sol;', '(': '&lpar;', ')': '&rpar;', '@': '&commat;', ':': '&colon;', '.': '&period;', '-': '&hyphen;', ' ': '&nbsp;' };

// Each makes text of a value, for whatever carries text.
export const ENCODINGS = {
  plain: value => value,
  upper: value => value.toUpperCase(),
  lower: value => value.toLowerCase(),
  otherwise: (value, id) => id.forms[1] ?? value,
  'json \\u': value => units(value, unit => `\\u${hex(unit, 4)}`),
  'js \\x': value => bytes(value, byte => `\\x${hex(byte, 2)}`),
  'percent, upper': value => bytes(value, byte => `%${hex(byte, 2).toUpperCase()}`),
  'percent, lower': value => bytes(value, byte => `%${hex(byte, 2)}`),
  form: value => new URLSearchParams({ q: value }).toString().slice(2),
  'entities, named': value => value.replace(/[^A-Za-z0-9]/g, sign => NAMED[sign] ?? sign),
  'entities, decimal': value => units(value, unit => `&#${unit};`),
  'entities, hex': value => units(value, unit => `&#x${hex(unit, 1)};`),
  base64: value => Buffer.from(value).toString('base64'),
  'base64, 1 off': value => Buffer.from(`-${value}-`).toString('base64'),
  'base64, 2 off': value => Buffer.from(`--${value}--`).toString('base64'),
  utf16le: value => wide(value).toString('base64'),
  utf16be: value => wide(value).swap16().toString('base64'),
  gzip: value => gzipSync(value).toString('base64'),
  'quoted-printable': value => bytes(value, byte => `=${hex(byte, 2).toUpperCase()}`),
};

// What a site is given to say, in a fixed order: {id, encoding, text}.
export const PLANTS = Object.keys(ENCODINGS).flatMap(encoding =>
  [...IDENTIFIERS, STRANGER].map(id => ({ id, encoding, text: ENCODINGS[encoding](id.forms[0], id) })));
