// The invented people of the engine's live tests. The stand-in holds them all; a
// test takes the visits it wants by label ('alpha.2' = ALPHA's second) and gets a
// batch of them. Names and notes are of the kinds that make trouble.
const ICD = [
  { code: 'M54.50', name: 'Low back pain, unspecified' },
  { code: 'Z99.89', name: 'Not in the preset list, and <with> "marks" & such' },
];
const CPT = [
  { code: '97813', name: 'ACUP 1/> W/ESTIM 1ST 15 MIN', units: 1 },
  { code: '97814', name: 'ACUP 1/> W/ESTIM EA ADDL 15', units: 3 },
];

function plainNote(tag) {
  return { soap: { subjective: `Pain is 8/10 & worse <at night>. ${tag}`, objective: `ROM 45\n\nTender. ${tag}`, assessment: `Better. ${tag}`, plan: `Two a week. ${tag}` } };
}

// What must arrive as it was written: marks that HTML, JavaScript, JSON and
// forms each give a meaning, other scripts, directions, line ends.
function hardNote(tag) {
  return { soap: {
    subjective: `"quoted", O'Sample & Sons <b>not bold</b> ${tag}`,
    objective: `</script><script>alert(1)</script> ]]> <!-- --> ${tag}`,
    assessment: `試験 三郎 ü é e\u0301 \u200fעברית\u200f 😀 ${tag}`,
    plan: `one\ntwo\n\nthree + four = 7 %41 \\n \\u0041 100% ${tag}`,
  } };
}

function htmlNote(tag) {
  return { soap: plainNote(tag).soap, html: {
    subjective: `<p>Pain is 8/10 &amp; worse &lt;at night&gt;.</p><p>${tag}</p>`,
    objective: `<p>ROM:&nbsp;45&deg; &#8211; tender</p><p>試験 ü é ${tag}</p>`,
    assessment: `<p>Better <strong>today</strong>. ${tag}</p>`,
    plan: `<p>a, b, c</p><p>&lt;/script&gt; and ]]&gt; ${tag}</p>`,
  } };
}

function person(name, dob, insurance, count, note = plainNote) {
  const visits = Array.from({ length: count }, (none, index) => ({
    index, dos: index + 1, noteType: index ? 'TX' : 'IE', status: 'done', icdCodes: ICD, cptCodes: CPT, generated: note(`${name.length}-${index + 1}`),
  }));
  return { name, dob, age: 60, gender: 'Female', insurance, visits };
}

export const people = {
  alpha: person('TEST, ALPHA', '01/02/1903', 'HF', 6),
  alphaNear: person('TEST, ALPHA MARY', '01/02/1903', 'HF', 2),
  alphaOther: person('TEST, ALPHA', '01/02/1904', 'HF', 1),
  beta: person('TEST, BETA', '02/03/1904', 'WC', 6, htmlNote),
  gamma: person('TEST, GAMMA', '03/04/1905', 'VC', 6),
  odd: person(`O'SAMPLE, BÉTA-LOU "B" <X>`, '04/05/1906', 'OPTUM', 2, hardNote),
  asian: person('試験, 三郎', '05/06/1907', 'WC', 2, hardNote),
  tags: person('</script><b>TEST, &amp; DELTA', '06/07/1908', 'VC', 1, hardNote),
  marked: person('TEST\u200f, E\u2019PSILON', '07/08/1909', 'NONE', 1, hardNote),
  composed: person('TEST, JOSE\u0301', '08/09/1910', 'ELDERPLAN', 1, htmlNote),
};
// In the batch only: no EHR knows her.
const strangers = { absent: person('TEST, ABSENT', '09/10/1911', 'HF', 2) };

const frame = { batchId: 'batch_20260101_000000', createdAt: '2026-01-01T00:00:00.000Z', mode: 'full', confirmed: true };
export const everyone = { ...frame, patients: Object.values(people) };

const who = (label) => label.split('.')[0];
const dosOf = (label) => Number(label.split('.')[1]);

export function visitOf(label) {
  const patient = people[who(label)] || strangers[who(label)];
  return { person: patient, dos: dosOf(label), visit: patient.visits.find((visit) => visit.dos === dosOf(label)) };
}

// A batch of these visits; patients in the order of their first one.
export function batchOf(labels, more = {}) {
  const names = [...new Set(labels.map(who))];
  const patients = names.map((name) => {
    const patient = people[name] || strangers[name];
    const wanted = labels.filter((label) => who(label) === name).map(dosOf);
    return { ...patient, visits: wanted.map((dos) => patient.visits.find((visit) => visit.dos === dos)) };
  });
  return { ...frame, patients, ...more };
}

// 'alpha.2' of the event log's 'p1' and 2.
export function labelOf(labels, event) {
  const names = [...new Set(labels.map(who))];
  return `${names[Number(event.patient.slice(1)) - 1]}.${event.dos}`;
}

// 'alpha.2' or 'alpha' as the stand-in's rules say it.
export function ruleLabel(label) {
  const place = Object.keys(people).indexOf(who(label)) + 1;
  return label.includes('.') ? `p${place}.v${dosOf(label)}` : `p${place}`;
}

function escaped(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

// The four sections of a visit's note as HTML: what is given, or a paragraph a line.
export function sectionsOf(visit) {
  const { soap, html } = visit.generated;
  const paragraphs = (text) => text.split('\n').filter((line) => line.trim()).map((line) => `<p>${escaped(line)}</p>`).join('');
  return ['subjective', 'objective', 'assessment', 'plan'].map((name) => (html && html[name]) || paragraphs(soap[name]));
}
