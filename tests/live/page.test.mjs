// The page operations on the stand-in: whole visits, the right patient and the
// right row among those that nearly fit, and the settings of the site that
// nobody knows. What they do when things go wrong: page_failures.test.mjs.
//   node tests/live/page.test.mjs [path of the standin binary]
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { group, ok, same, finish } from '../standin/tap.mjs';
import * as walk from './page_walk.mjs';
import { people } from './page_batch.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { truth, truthOf, withPage: onPage, stop } = await walk.setUp();

// The seeded ones walk full pages.
async function withPage(knobs, run) {
  const errors = [];
  await onPage(knobs && knobs.seed ? knobs : { pageWeight: 'light', ...knobs }, run, (error) => errors.push(error));
  same(errors, [], 'no page had a script error');
}

const WHOLE = { present: true, icdMissing: 0, cptMissing: 0, unitsWrong: 0, linksWrong: 0 };

function chartProblems(visit, wanted) {
  const problems = [];
  const expect = (name, got, want) => {
    if (JSON.stringify(got) !== JSON.stringify(want)) problems.push(`${name}: ${JSON.stringify(got)}, wanted ${JSON.stringify(want)}`);
  };
  const link = wanted.icdCodes.map((each, index) => index + 1).join(',');
  expect('icd', visit.icd, wanted.icdCodes.map((each) => each.code));
  expect('cpt', visit.cpt.map(({ code, units, link: links }) => ({ code, units, links })),
    wanted.cptCodes.map(({ code, units }) => ({ code, units, links: link })));
  for (const name of ['codePosts', 'notePosts', 'billPosts', 'codeSaves', 'noteSaves', 'bills']) expect(name, visit[name], 1);
  expect('locked', visit.locked, false);
  return problems;
}

// One visit twice: the first time everything is missing, the second time nothing.
async function twice(page, person, dos, claim) {
  const visit = person.visits.find((each) => each.dos === dos);
  const first = await walk.wholeVisit(page, person, visit);
  const again = await walk.wholeVisit(page, person, visit, { rowId: first.opened.rowId, visitId: first.opened.visitId });
  const there = await truthOf(person, dos);
  same([first.opened.visitId, first.opened.rowId], [there.visitID, `trt${there.rowId}`], `${claim}: the right row is opened`);
  same([first.opened.billed, first.codes.before.icdMissing, first.codes.before.cptMissing, first.note.before], [false, 3, 3, { equal: false, empty: true }], `${claim}: nothing is there at first`);
  same([first.codes.after, first.note.after], [WHOLE, { equal: true, empty: false }], `${claim}: what was saved is read back`);
  ok(first.bill.made && (first.bill.made.closed || first.bill.after.billed), `${claim}: billed, and shown`, first.bill);
  same([again.opened.billed, again.note.before, again.bill.before], [true, { equal: true, empty: false }, { billed: true }], `${claim}: the second time all is found`);
  same(chartProblems(there, visit), [], `${claim}: the chart holds it once`);
  return first;
}

async function untouched(claim, ...done) {
  const touched = (await truth()).filter((visit) => visit.codePosts + visit.notePosts + visit.billPosts > 0);
  same(touched.map((visit) => [visit.name, visit.dos]).sort(), done.map(([person, dos]) => [person.name, dos]).sort(), claim);
}

await group('the script', async () => {
  const places = readFileSync(here('../../engine/mdland/place.def'), 'utf8');
  const named = new Set([...places.matchAll(/X\((\w+),/g)].map((found) => found[1]));
  const used = [...walk.script.matchAll(/(?:fail\('\w+', |Failure\('\w+', |missing: |[pP]lace: |what: )'([A-Za-z0-9]+)'/g)].map((found) => found[1].replace(/^noteEditor$/, 'noteEditor0'));
  same([...new Set(used)].filter((name) => !named.has(name)), [], 'every place that it names is in place.def');
  const kinds = readFileSync(here('../../engine/policy/kind.def'), 'utf8');
  const known = new Set([...kinds.matchAll(/"([a-z_]+)"/g)].map((found) => found[1]));
  const raised = [...walk.script.matchAll(/(?:fail|Failure)\('(\w+)'/g)].map((found) => found[1]);
  same([...new Set(raised)].filter((name) => !known.has(name)), [], 'every kind that it raises is in kind.def');
  const table = readFileSync(here('../../engine/mdland/ops.def'), 'utf8');
  const wanted = [...table.matchAll(/X\(OPERATION_\w+,\s+"(\w+)"/g)].map((found) => found[1]).sort();
  const offered = [...walk.script.matchAll(/^operations\.(\w+) = /gm)].map((found) => found[1]).sort();
  same(offered, wanted, 'it offers exactly the operations of ops.def');
  const long = readdirSync(here('../../engine/mdland/page')).filter((name) => readFileSync(here(`../../engine/mdland/page/${name}`), 'utf8').split('\n').length > 400);
  same(long, [], 'each of its files is under 400 lines');
});

await group('a visit, twice', () => withPage(null, async (page) => {
  const session = await walk.must(page, 'validateSession');
  same(session, { doctorId: '3301' }, 'a live session is found valid');
  same(await walk.must(page, 'probeSession'), { session: 'ok' }, 'and the probe says so too');
  const said = await twice(page, people.alpha, 1, 'alpha 1');
  same(said.opened.payer, 'match', 'the payer of the row is the patient\'s');
  await untouched('no other visit was touched', [people.alpha, 1]);
  same(page.dialogs, [], 'no dialog was opened');
  same(await page.evaluate(() => [...document.querySelectorAll('iframe')].filter((frame) => frame.contentWindow.__revisit).length), 0, 'frames have no operations of their own');
}));

await group('the n-th visit', () => withPage({ apptTimes: 'mixed', lookAlikeRow: 'cancelled' }, async (page) => {
  for (const person of [people.alpha, people.asian])
    for (const dos of [1, 2, 3, 4, 5, 6]) {
      const opened = await walk.open(page, person, dos);
      const there = await truthOf(person, dos);
      same([opened.visitId, opened.rowId], [there.visitID, `trt${there.rowId}`], `${person.dob} visit ${dos} is the one by appointment, then by row id`);
      await walk.must(page, 'closeVisit');
    }
}));

await group('a row of another patient in the list', () => withPage({ lookAlikeRow: 'other', apptCell: 'time' }, async (page) => {
  const opened = await walk.open(page, people.asian, 1);
  same(opened.visitId, (await truthOf(people.asian, 1)).visitID, 'is not counted');
}));

await group('names', () => withPage({ decoys: 'all' }, async (page) => {
  for (const person of [people.alphaNear, people.alphaOther, people.odd, people.closing, people.marked, people.composed]) {
    const opened = await walk.open(page, person, 1);
    const there = await truthOf(person, 1);
    same(opened.visitId, there.visitID, `${JSON.stringify(person.name)} is found among those nearly so named`);
    const sections = person.visits[0].sections;
    const who = walk.identity(person, opened);
    same((await walk.note(page, who, sections)).after, { equal: true, empty: false }, 'and its note comes back as it was sent');
    await walk.must(page, 'closeVisit');
  }
  const composed = { ...people.composed, name: people.composed.name.normalize('NFC').toLowerCase() };
  same((await walk.open(page, composed, 1)).visitId, (await truthOf(people.composed, 1)).visitID, 'another spelling of an accent, and small letters, are the same name');
}));

await group('names that nearly fit', () => withPage({ decoys: 'all' }, async (page) => {
  const refused = async (name, dob, claim) => {
    const got = await walk.failureOf(() => walk.findPatient(page, { name, dob }));
    same(got && [got.step, got.kind], ['selectPatient', 'patient_not_found'], claim);
  };
  await refused('TEST', '01/02/1903', 'a word less is another patient');
  await refused('TEST, ALPHA MARY JANE', '01/02/1903', 'a word more is another patient');
  await refused('TEST, ALPH', '01/02/1903', 'a part of a word is another patient');
  await refused('TEST ALPHA ALPHA', '01/02/1903', 'a word twice is another patient');
  await refused('TEST, ALPHA MARY', '01/02/1904', 'another birth date is another patient');
  await refused('TEST, ALPHA', '12/31/1999', 'an empty result is no patient');
}));

await group('other layouts of a search result', () => withPage({ decoys: 'all' }, async (page) => {
  const layouts = {
    'name and birth date in one cell': (name, dob) => [`${name} (${dob})`, 'F'],
    'birth date written shorter, and more behind it': (name, dob) => [`${name} ${dob.replace(/^0/, '').replace('/0', '/')} F 60`],
    'first name first, another column that repeats a word': (name, dob) => ['Select', name.split(/[ ,]+/).reverse().join(' '), dob, 'TEST STREET'],
  };
  for (const [claim, cells] of Object.entries(layouts)) {
    await walk.must(page, 'openWaitingRoom');
    await walk.must(page, 'searchPatient', { dob: people.alpha.dob });
    await walk.standinWalk.inside(page, ['frm_searchframe'], (w, source) => {
      const layout = (0, eval)(`(${source})`);
      for (const row of w.document.querySelectorAll('#selectorDiv tr[onclick]')) {
        const [name, dob] = [row.cells[0].textContent, row.cells[1].textContent];
        row.replaceChildren(...layout(name, dob).map((text) => Object.assign(w.document.createElement('td'), { textContent: text })));
      }
    }, cells.toString());
    await walk.must(page, 'selectPatient', { name: people.alpha.name, dob: people.alpha.dob });
    await walk.must(page, 'sortVisits');
    const opened = await walk.must(page, 'openVisit', { name: people.alpha.name, dob: people.alpha.dob, order: 1 });
    same(opened.visitId, (await truthOf(people.alpha, 1)).visitID, claim);
    await walk.must(page, 'closeVisit');
  }
}));

await group('codes that are there already', () => withPage(null, async (page) => {
  const visit = people.alpha.visits[1];
  const opened = await walk.open(page, people.alpha, 2);
  const who = walk.identity(people.alpha, opened);
  await walk.must(page, 'navigateICD', { visitId: who.visitId });
  const half = { ...visit, icdCodes: visit.icdCodes.slice(0, 1), cptCodes: [{ ...visit.cptCodes[0], units: 7 }] };
  await walk.codes(page, who, half);
  await walk.standinWalk.saveCodes(page, [], [['97140', 'foreign', 1], ['97813', 'again', 4]]);
  await walk.must(page, 'navigateICD', { visitId: who.visitId });
  const before = await walk.readCodes(page, who, visit);
  same(before, { present: false, icdMissing: 2, cptMissing: 2, unitsWrong: 1, linksWrong: 0 }, 'what is missing and what is wrong is counted');
  const { after } = await walk.codes(page, who, visit);
  same(after, WHOLE, 'and put right');
  const there = await truthOf(people.alpha, 2);
  same(there.icd, visit.icdCodes.map((each) => each.code), 'no ICD code is there twice');
  same(there.cpt.map((row) => row.code).sort(), ['97140', '97813', '97813', '97814', '99203'], 'a code that was doubled before is left as it was, none is added again');
}));

await group('adding twice adds once', () => withPage({ cptDuplicate: 'append' }, async (page) => {
  const visit = people.odd.visits[0];
  const who = walk.identity(people.odd, await walk.open(page, people.odd, 1));
  await walk.must(page, 'navigateICD', { visitId: who.visitId });
  const add = async () => [
    (await walk.must(page, 'addICD', { visitId: who.visitId, icd: visit.icdCodes })).added,
    (await walk.must(page, 'addCPT', { visitId: who.visitId, cpt: visit.cptCodes })).added,
  ];
  same([await add(), await add()], [[3, 3], [0, 0]], 'the second call finds all there');
  same((await walk.readCodes(page, who, visit)).icdMissing, 3, 'a read after it speaks of the server, which has none yet');
}));

const seeds = (process.env.SEEDS || (process.env.TORTURE === 'full' ? '1,2,3,4,5,6,7,8,9,10,11,12' : '1,2,3,4')).split(',').map(Number);
for (const seed of seeds)
  await group(`settings of seed ${seed}`, () => withPage({ seed }, async (page) => {
    const [person, dos] = [[people.alpha, 4], [people.asian, 5], [people.odd, 1]][seed % 3];
    await twice(page, person, dos, `seed ${seed}`);
    await untouched(`seed ${seed}: no other visit was touched`, [person, dos]);
  }));

await stop();
finish();
