// Drives the page operations alone, without the engine, in a real browser on
// the stand-in: loads the build's script as the engine does (in every new
// document), calls an operation, and walks whole visits in the engine's order.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as standinWalk from '../standin/walk.mjs';
import { batch } from './page_batch.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const build = resolve(here('../..'), process.env.BUILD || 'build');
// The script as it is embedded in the program of this build.
export const script = readFileSync(join(build, 'page.js'), 'utf8');

// The budget of a call that names none, in ms; a test that waits for nothing lowers it.
export const limit = { budget: 15000 };

// A stand-in that holds the batch, a browser, and what the tests ask of them.
export async function setUp() {
  const scratch = mkdtempSync(join(tmpdir(), 'page-test-'));
  writeFileSync(join(scratch, 'batch.json'), JSON.stringify(batch));
  const standin = await standinWalk.startStandin(join(build, 'standin'), ['--batch', join(scratch, 'batch.json'), '--pages', here('../standin/pages')]);
  const browser = await standinWalk.openBrowser();
  const truth = async () => (await standin.control('truth')).visits;
  const truthOf = async (person, dos) =>
    (await truth()).find((visit) => visit.kind === 'pt' && !visit.decoy && visit.name === person.name && visit.dob === person.dob && visit.dos === dos);
  // A fresh page on fresh charts, with these settings; onError hears the page's script errors.
  const withPage = async (knobs, run, onError = () => {}) => {
    await standin.control('faults', []);
    await standin.control('reset', { knobs: true });
    if (knobs) await standin.control('knobs', knobs);
    const page = await openPage(browser, standin);
    page.on('pageerror', (error) => onError(error.message));
    try {
      await run(page);
    } finally {
      await page.context().close();
    }
  };
  const stop = async () => {
    await browser.close();
    await standin.stop();
    rmSync(scratch, { recursive: true });
  };
  return { standin, browser, truth, truthOf, withPage, stop };
}

// A page in a context of its own with the script in it, at the main shell.
export async function openPage(browser, standin, onDialog = (dialog) => dialog.accept()) {
  const context = await browser.newContext({ storageState: await standin.control('state') });
  const page = await context.newPage();
  page.dialogs = [];
  page.answers = [];
  page.on('dialog', (dialog) => {
    page.dialogs.push(dialog.message());
    onDialog(dialog).catch(() => {});
  });
  await page.addInitScript({ content: script });
  await page.goto(`${standin.base}/`);
  return page;
}

// The envelope of one call.
export async function op(page, name, args = {}, meta = {}) {
  const text = await page.evaluate(([n, a, m]) => window.__revisit.call(n, a, m), [name, args, { budget: limit.budget, attempt: 1, ...meta }]);
  if (typeof text !== 'string') throw new Error(`${name} answered no text`);
  page.answers.push(text);
  return JSON.parse(text);
}

export class StepFailed extends Error {
  constructor(name, answer) {
    super(`${name}: ${JSON.stringify(answer)}`);
    Object.assign(this, { step: name, answer });
  }
}

// The value of a call that must succeed.
export async function must(page, name, args, meta) {
  const answer = await op(page, name, args, meta);
  if (!answer.ok || answer.session !== 'ok') throw new StepFailed(name, answer);
  return answer.value;
}

// {kind, what} of the first call that fails, or null.
export async function failureOf(run) {
  try {
    await run();
    return null;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const { kind, what, session } = error.answer;
    return { step: error.step, kind, what: what || '', session };
  }
}

export async function findPatient(page, person) {
  await must(page, 'openWaitingRoom');
  await must(page, 'searchPatient', { dob: person.dob });
  await must(page, 'selectPatient', { name: person.name, dob: person.dob });
  await must(page, 'sortVisits');
}

export async function open(page, person, order, pin = { order }) {
  await findPatient(page, person);
  return must(page, 'openVisit', { name: person.name, dob: person.dob, payer: person.insurance, ...pin });
}

export const identity = (person, opened) => ({ visitId: opened.visitId, name: person.name, dob: person.dob });

const icdCodes = (visit) => visit.icdCodes.map((each) => each.code);
const cptUnits = (visit) => visit.cptCodes.map(({ code, units }) => ({ code, units }));

export const readCodes = (page, who, visit) => must(page, 'readDiagnosis', { ...who, icd: icdCodes(visit), cpt: cptUnits(visit) });

export async function codes(page, who, visit) {
  await must(page, 'navigateICD', { visitId: who.visitId });
  const before = await readCodes(page, who, visit);
  if (before.present) return { before, after: before };
  await must(page, 'addICD', { visitId: who.visitId, icd: visit.icdCodes });
  await must(page, 'addCPT', { visitId: who.visitId, cpt: visit.cptCodes });
  await must(page, 'saveDiagnosis', who);
  return { before, after: await readCodes(page, who, visit) };
}

export async function note(page, who, sections) {
  await must(page, 'navigatePTNote', { visitId: who.visitId }, { budget: 20000 });
  const before = await must(page, 'readNote', { ...who, sections });
  if (before.equal) return { before, after: before };
  await must(page, 'fillSOAP', { visitId: who.visitId, sections });
  await must(page, 'saveSOAP', who);
  return { before, after: await must(page, 'readNote', { ...who, sections }) };
}

export async function bill(page, who) {
  await must(page, 'navigateCheckout', { visitId: who.visitId });
  const before = await must(page, 'readBilling', who);
  if (before.billed) return { before, after: before };
  const made = await must(page, 'generateBilling', who, { budget: 20000 });
  return { before, made, after: made.closed ? null : await must(page, 'readBilling', who) };
}

// A whole visit, as the engine walks it; what each part said.
export async function wholeVisit(page, person, visit, pin) {
  const opened = await open(page, person, visit.dos, pin);
  const who = identity(person, opened);
  const said = { opened };
  if (!opened.billed) said.codes = await codes(page, who, visit);
  said.note = await note(page, who, visit.sections);
  said.bill = await bill(page, who);
  await must(page, 'closeVisit');
  return said;
}

export { standinWalk };
