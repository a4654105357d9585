// Browser replay against Playwright's routeFromHAR, on the same pages of one recording, in
// turns: `revisit run --replay-network --virtual-time` does whole visits, saves and bill
// included; Playwright opens the same pages from a HAR of the same recording and works on them
// by the same page operations. It makes no save: for a URL that was asked twice routeFromHAR
// has one answer, and what a save changed is never shown. So its side has less to do.
//   make bench-browser                of fixtures/clinic-3, three turns
//   make bench-browser BENCH='--turns 5'
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import { browserPath } from '../tests/standin/walk.mjs';
import { must, script } from '../tests/live/page_walk.mjs';

const { chromium } = createRequire(new URL('../tests/standin/package.json', import.meta.url))('playwright-core');
const build = resolve(process.env.BUILD ?? 'build');
const REC = 'fixtures/clinic-3', BATCH = 'fixtures/batches/clinic-3.json';
const turnsAt = process.argv.indexOf('--turns');
const TURNS = turnsAt > 0 ? Number(process.argv[turnsAt + 1]) : 3;
const SANDBOX = process.getuid() === 0 ? ['--no-sandbox'] : [];

const { patients } = JSON.parse(readFileSync(BATCH, 'utf8')).data;
const visits = patients.flatMap((patient) => patient.visits.filter(({ status }) => status === 'done').map((visit) => ({ patient, visit })));

// Runs a program to its end: what it printed, and processor seconds with all that it started.
function run(command, args) {
  const timed = ['-c', `TIMEFORMAT='%U %S'; time "$@"`, 'bash', command, ...args];
  const done = spawnSync('bash', timed, { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TIMEOUT_MULTIPLIER: '10' } });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${done.status}\n${done.stderr}`);
  const [user, system] = done.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { out: done.stdout, cpu_s: user + system };
}

// Start of the browser included.
function ours(runDir) {
  const { out, cpu_s } = run(join(build, 'revisit'), ['run', BATCH, '--replay-network', REC, '--virtual-time', '--run-dir', runDir, ...SANDBOX]);
  const summary = JSON.parse(out.trim().split('\n').at(-1));
  if (summary.succeeded !== visits.length) throw new Error(`${summary.succeeded} of ${visits.length} visits were done`);
  return { wall_s: summary.totalMs / 1000, cpu_s };
}

function theirs(har) {
  const { out, cpu_s } = run(process.execPath, [fileURLToPath(import.meta.url), '--theirs', har]);
  return { wall_s: Number(out), cpu_s };
}

async function oneVisit(page, { patient, visit }) {
  const who = { name: patient.name, dob: patient.dob };
  await must(page, 'openWaitingRoom');
  await must(page, 'searchPatient', { dob: patient.dob });
  await must(page, 'selectPatient', who);
  await must(page, 'sortVisits');
  const { visitId } = await must(page, 'openVisit', { ...who, payer: patient.insurance, order: visit.dos });
  await must(page, 'navigateICD', { visitId });
  await must(page, 'addICD', { visitId, icd: visit.icdCodes });
  await must(page, 'addCPT', { visitId, cpt: visit.cptCodes.map(({ code, units }) => ({ code, units })) });
  await must(page, 'navigatePTNote', { visitId });
  await must(page, 'navigateCheckout', { visitId });
  await must(page, 'closeVisit');
}

// The other side, in a process of its own.
async function walk(har) {
  const started = performance.now();
  const browser = await chromium.launch({ executablePath: browserPath, args: SANDBOX, headless: true });
  try {
    const page = await (await browser.newContext()).newPage();
    page.answers = [];
    page.on('dialog', (dialog) => dialog.accept());
    await page.addInitScript({ content: script });
    await page.routeFromHAR(har, { notFound: 'abort' });
    await page.goto(JSON.parse(readFileSync(har, 'utf8')).log.entries[0].request.url);
    await must(page, 'validateSession');
    for (const one of visits) await oneVisit(page, one);
    return (performance.now() - started) / 1000;
  } finally {
    await browser.close();
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const aVisit = (seconds) => `${(seconds / visits.length).toFixed(2)} s`;

function compare() {
  const work = mkdtempSync(join(tmpdir(), 'revisit-bench-browser-'));
  try {
    const har = join(work, 'c.har');
    const sides = [{ name: 'browser replay, whole visits   ', one: (turn) => ours(join(work, `run${turn}`)), took: [] },
      { name: 'routeFromHAR, pages and no save', one: () => theirs(har), took: [] }];
    run(join(build, 'revisit'), ['recording', 'export-har', REC, '-o', har]);
    for (let turn = 0; turn < TURNS; turn++)
      for (const side of sides) {
        side.took.push(side.one(turn));
        console.error(`turn ${turn + 1}: ${side.name} ${aVisit(side.took[turn].wall_s)} a visit`);
      }
    const of = (side, key) => median(side.took.map((one) => one[key]));
    console.log(`${visits.length} visits of ${REC}, ${TURNS} turns, medians, start of the browser included`);
    for (const side of sides) console.log(`  ${side.name}  ${aVisit(of(side, 'wall_s'))} a visit, ${aVisit(of(side, 'cpu_s'))} of processor`);
    const ratio = (key) => (of(sides[1], key) / of(sides[0], key)).toFixed(2);
    console.log(`  ratio  ${ratio('wall_s')} of time, ${ratio('cpu_s')} of processor (asked: 4 or more, and 2.5 s a visit at most)`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--theirs') console.log(await walk(process.argv[3]));
else compare();
