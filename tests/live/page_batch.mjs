// A small batch of invented people for the tests of the page operations, with
// the names that make trouble: near-equal, with marks, quotes, tags, and in
// other scripts. Every person gets as many visits as the largest dos.
const ICD = [
  { code: 'M54.50', name: 'Low back pain, unspecified' },
  { code: 'M25.511', name: 'Pain in right shoulder' },
  { code: 'Z99.89', name: 'Not in the preset list, and <with> "marks" & such' },
];
const CPT = [
  { code: '97813', name: 'ACUP 1/> W/ESTIM 1ST 15 MIN', units: 1 },
  { code: '97814', name: 'ACUP 1/> W/ESTIM EA ADDL 15', units: 3 },
  { code: '99203', name: 'OFFICE O/P NEW LOW 30 MIN', units: 1 },
];
const SECTIONS = [
  '<p>Pain is 8/10 &amp; worse &lt;at night&gt;.</p><p>Second line, "quoted", O\'Sample.</p>',
  '<p>ROM:&nbsp;45&deg; &#8211; tender</p><p>試験 ü é</p>',
  '<p>Better <b>today</b>.</p>',
  '<p>a, b, c</p><p>&lt;/script&gt; and ]]&gt;</p>',
];

function person(name, dob, insurance, orders) {
  const visits = orders.map((dos, index) => ({
    index, dos, noteType: dos === 1 ? 'IE' : 'TX', status: 'done', icdCodes: ICD, cptCodes: CPT,
    sections: SECTIONS.map((html, n) => html + `<p>${name.length}-${dos}-${n}</p>`),
  }));
  return { name, dob, age: 60, gender: 'Female', insurance, visits };
}

export const people = {
  alpha: person('TEST, ALPHA', '01/02/1903', 'HF', [1, 2, 3, 4, 5, 6]),
  alphaNear: person('TEST, ALPHA MARY', '01/02/1903', 'HF', [1]),
  alphaOther: person('TEST, ALPHA', '01/02/1904', 'HF', [1]),
  odd: person(`O'SAMPLE, BÉTA-LOU "B" <X>`, '03/04/1905', 'OPTUM', [1]),
  asian: person('試験, 三郎', '05/06/1907', 'WC', [1, 2, 3, 4, 5, 6]),
  closing: person('</script><b>TEST, &amp; GAMMA', '07/08/1909', 'VC', [1]),
  marked: person('TEST\u200f, D\u2019ELTA', '09/10/1911', 'NONE', [1]),
  composed: person('TEST, JOSE\u0301', '11/12/1913', 'ELDERPLAN', [1]),
};

export const batch = { batchId: 'batch_20260101_000000', mode: 'full', confirmed: true, patients: Object.values(people) };
