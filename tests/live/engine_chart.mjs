// What a chart must hold after a run: the batch's codes once, its note as it was
// written, one bill; and what an event log says of a visit.
import { labelOf, sectionsOf, visitOf } from './engine_batch.mjs';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', deg: '°', ndash: '–', uuml: 'ü', eacute: 'é', rlm: '\u200f', lrm: '\u200e' };

// One spelling of HTML that means the same: entities decoded (but for those of
// the marks), no blanks between tags.
export function spelled(html) {
  const decoded = html.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name) => {
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    const text = name[0] === '#' ? String.fromCodePoint(code) : ENTITIES[name];
    if (text === '&' || text === '<' || text === '>') return { '&': '&amp;', '<': '&lt;', '>': '&gt;' }[text];
    return text === undefined ? whole : text;
  });
  return decoded.replace(/>\s+</g, '><').trim();
}

const COUNTS = ['codePosts', 'codeSaves', 'notePosts', 'noteSaves', 'billPosts', 'bills'];

export function countsOf(chart) {
  return Object.fromEntries(COUNTS.map((name) => [name, chart[name]]));
}

// How a chart differs from one that holds the visit once; posts may be more.
export function chartProblems(chart, label, counts = {}) {
  const { visit } = visitOf(label);
  const problems = [];
  const expect = (what, got, want) => {
    if (JSON.stringify(got) !== JSON.stringify(want)) problems.push(`${label} ${what}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
  };
  const link = visit.icdCodes.map((each, index) => index + 1).join(',');
  expect('icd', chart.icd, visit.icdCodes.map((each) => each.code));
  expect('cpt', chart.cpt.map(({ code, units, link: links }) => ({ code, units, links })), visit.cptCodes.map(({ code, units }) => ({ code, units, links: link })));
  expect('note', chart.note.slice(0, 4).map(spelled), sectionsOf(visit).map(spelled));
  for (const name of COUNTS) expect(name, chart[name], counts[name] === undefined ? 1 : counts[name]);
  expect('locked', chart.locked, false);
  return problems;
}

// The same, for every visit of a run that must be done exactly once.
export async function allDone(t, ended, counts = {}) {
  for (const label of ended.visits)
    t.same(chartProblems(await ended.truth(label), label, counts[label]), [], `${label} is on the chart once`);
}

// {'alpha.1': 'done 1', 'beta.1': 'failed 2 saveSOAP timeout'}: outcome, tries, and why.
export function outcomesOf(ended) {
  const results = ended.events.filter((event) => event.type === 'visit_result');
  return Object.fromEntries(results.map((event) => [labelOf(ended.visits, event),
    [event.outcome, event.attempt, event.step, event.errorKind].filter((each) => each !== undefined).join(' ')]));
}

export const summaryOf = (ended) => ended.events.find((event) => event.type === 'batch_summary');

// Nobody's chart but these was changed.
export async function onlyTouched(t, ended, labels) {
  const { visits } = await ended.standin.control('truth');
  const touched = visits.filter((visit) => visit.codePosts + visit.notePosts + visit.billPosts > 0);
  const wanted = labels.map((label) => `${visitOf(label).person.name} ${visitOf(label).person.dob} ${visitOf(label).dos}`);
  t.same(touched.map((visit) => `${visit.name} ${visit.dob} ${visit.dos}`).sort(), wanted.sort(), 'no other chart was touched');
}
