// revisit whatif from outside: recordings run again with other settings and with faults.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Damaged, WHOLE } from './damaged.mjs';
import { fresh, put, revisit } from './revisit.mjs';

const FIXTURES = readdirSync('fixtures').filter((name) => existsSync(`fixtures/${name}/manifest.json`));
const run = (...args) => revisit(['whatif', ...args]);

const whatif = (name, ...args) => whatifAt(`fixtures/${name}`, ...args);

function whatifAt(recording, ...args) {
  const ended = run(recording, '--json', ...args);
  return { ...ended, told: ended.stdout ? JSON.parse(ended.stdout) : undefined };
}

const changedOf = (told) => Object.fromEntries(told.changed.map(({ patient, dos, whatIf }) =>
  [`${patient}.v${dos}`, [whatIf.outcome, whatIf.attempt, whatIf.errorKind, whatIf.delays]]));

for (const name of FIXTURES)
  test(`with nothing changed everything is recorded and the log is the recorded one: ${name}`, () => {
    const { status, told } = whatif(name);
    assert.equal(status, 0);
    assert.equal(told.sameLog, true);
    assert.deepEqual([told.answers.reused, told.answers.planted, told.answers.assumed, told.leftAt], [0, 0, 0, undefined]);
    assert.ok(told.answers.recorded > 0);
    assert.equal(run(`fixtures/${name}`, '--log').stdout, readFileSync(`fixtures/${name}/events.ndjson`, 'utf8'));
  });

test('a save that hangs twice is done by the third attempt, after the delays of the table', () => {
  const { status, told } = whatif('clinic-100', '--fault', 'p2.v1.a1.saveSOAP:hang', '--fault', 'p2.v1.a2.saveSOAP:hang');
  assert.equal(status, 0);
  assert.deepEqual(changedOf(told), { 'p2.v1': ['done', 3, undefined, [2000, 4000]] });
  assert.deepEqual([told.answers.planted, told.answers.assumed, told.leftAt], [2, 0, 'p2.v1.a1.saveSOAP']);
  assert.ok(told.answers.reused > 0, 'the second attempt walks through what was recorded of the first');
});

test('a bill whose answer is lost is read back and billed once', () => {
  const { status, told } = whatif('clinic-100', '--fault', 'p5.v1.a1.generateBilling:lost_answer');
  assert.equal(status, 0);
  assert.deepEqual(changedOf(told), { 'p5.v1': ['done', 2, undefined, [2000]] });
});

test('a longer budget hears the answer that was recorded after its effect was given up, and says what it assumes', () => {
  const { status, told, stderr } = whatif('hang-save', '--set', 'timeout_multiplier=1.5');
  assert.equal(status, 6);
  assert.match(stderr, /rests on \d+ assumed answers?: --allow-assumed/);
  assert.deepEqual(changedOf(told), { 'p1.v1': ['done', 1, undefined, []] });
  assert.equal(whatif('hang-save', '--set', 'timeout_multiplier=1.5', '--allow-assumed').status, 0);
});

test('a late answer of a look comes at its recorded instant, and is counted and ignored', () => {
  const { told } = whatif('slow-editor', '--set', 'timeout_multiplier=0.5');
  assert.equal(whatif('slow-editor').told.lateReplies, 0);
  assert.equal(told.lateReplies, 1);
  assert.equal(told.whatIf.retries, 2);
  assert.equal(told.whatIf.done, 2);
});

test('the recorded settings give the recorded row of a matrix', () => {
  const rows = run('fixtures/clinic-100', '--json', '--matrix', 'timeout_multiplier=0.5,1', '--matrix', 'max_retries=0,2').stdout
    .split('\n').filter(Boolean).map(JSON.parse);
  assert.equal(rows.length, 4);
  assert.deepEqual(rows[3].whatIf, rows[3].recorded);
  assert.equal(rows[3].answers.assumed, 0);
  assert.deepEqual([rows[2].whatIf.retries, rows[2].whatIf.done], [1, 97], 'without retries the visits done by a retry are not, but for the bill that is looked for');
  const table = run('fixtures/clinic-100', '--matrix', 'max_retries=2,0').stdout.split('\n').slice(3);
  const cells = (line) => line.trim().split(/ {2,}/).slice(1);
  assert.deepEqual(cells(table[1]).slice(0, 8), cells(table[0]).slice(0, 8));
});

test('a visit that the recording does not know is undecided, and nothing is made up for it', () => {
  const { status, told } = whatif('session-expiry', '--fault', 'p4.v3.searchPatient:patient_missing');
  assert.equal(status, 0);
  assert.deepEqual([told.whatIf.done, told.whatIf.failed, told.whatIf.not_attempted, told.whatIf.undecided], [11, 1, 0, 18]);
  for (const { whatIf } of told.changed.slice(1)) assert.deepEqual([whatIf.outcome, whatIf.attempt, whatIf.errorKind], ['undecided', 1, 'undecided']);
});

test('the breaker looks at the site as it did', () => {
  const { told } = whatif('breaker', '--fault', 'p1.v1.a1.openWaitingRoom:delay=5');
  assert.deepEqual([Math.round(told.whatIf.totalMs / 1000), told.answers.assumed, told.answers.reused], [Math.round(told.recorded.totalMs / 1000), 0, 0]);
  const login = whatif('http-login', '--fault', 'http:delay=10').told;
  assert.deepEqual([login.whatIf.outcome, login.whatIf.not_attempted], ['fatal', 3]);
});

test('a page that gave up by itself does so under another budget, and under a longer one that is assumed', () => {
  const longer = whatif('slow-editor', '--set', 'timeout_multiplier=2', '--allow-assumed').told;
  assert.deepEqual([longer.sameLog, longer.answers.assumed > 0], [false, true]);
  const shorter = whatif('slow-editor', '--set', 'timeout_multiplier=0.9').told;
  assert.deepEqual([shorter.answers.assumed, shorter.whatIf.done], [0, 2]);
});

test('a recording that was cut knows nothing of what was open at the cut', () => {
  const lines = readFileSync(`${WHOLE}/session.ndjson`, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes('"p1.v2.a1.navigatePTNote","send"') && line.includes('Runtime.evaluate'));
  assert.ok(at > 0);
  const cut = new Damaged(WHOLE).session(lines.slice(0, at + 1)).manifest((text) => text.replace('"status":"closed"', '"status":"open"'));
  assert.match(run(cut.dir).stdout, /the recording is of a run that was cut: it ends there/);
  const { told } = whatifAt(cut.dir, '--fault', 'p1.v1.a1.searchPatient:missing_element', '--allow-assumed');
  assert.deepEqual(told.changed.filter(({ whatIf }) => whatIf.outcome === 'undecided').length, 2);
});

test('a kill is resumed from the journal, and the visit is done once', () => {
  for (const fault of ['p2.v1.a1.generateBilling:kill', 'p2.v1.a1.generateBilling:kill_after', 'p1.v1.commit#3:torn_commit=17']) {
    const { told } = whatif('clinic-3', '--fault', fault);
    assert.deepEqual([fault, told.processes, told.whatIf.done, told.whatIf.needs_review + told.whatIf.done], [fault, 2, told.whatIf.done, 3]);
  }
});

test('every answer after the recording was left is told with its rule', () => {
  const args = ['fixtures/clinic-100', '--fault', 'p5.v1.a1.generateBilling:lost_answer'];
  const lines = run(...args, '--answers').stdout.split('\n').filter(Boolean);
  const { answers } = JSON.parse(run(...args, '--json').stdout);
  assert.match(lines[0], /^p5\.v1\.a1\.generateBilling +\d+ ms +generateBilling +planted +as the fault says$/);
  const told = (rule) => lines.filter((line) => line.includes(` ${rule} `)).length;
  assert.deepEqual([told('reused'), told('planted'), told('assumed')], [answers.reused, answers.planted, answers.assumed]);
  assert.match(lines.find((line) => /^p5\.v1\.a2\.openVisit/.test(line)), /what stands on the chart/);
});

// A kill, a stop, the journal and the lock answer for no page.
const ANSWERS_NOTHING = /^(kill|kill-after|torn-commit|commit-fails|locked|signal)\.json$/;

test('what a fault has made of an answer is told as planted, whichever operation meets it', () => {
  const schedules = readdirSync('fixtures/schedules').filter((name) => name.endsWith('.json') && !ANSWERS_NOTHING.test(name));
  assert.ok(schedules.length >= 35);
  for (const name of schedules)
    assert.ok(whatif('clinic-3', '--allow-assumed', '--faults', `fixtures/schedules/${name}`).told.answers.planted > 0, name);
  const lines = run('fixtures/clinic-3', '--fault', 'p2.v1.a1.saveSOAP:session_expired', '--answers').stdout;
  assert.match(lines, /^p2\.v1\.a1\.saveSOAP .* saveSOAP +planted/m);
  assert.doesNotMatch(lines, /^p2\.v1\.a1\.saveSOAP .* saveSOAP +recorded/m);
});

test('a fault that never struck is said to, and one at a visit that is not there is refused', () => {
  const { status, stdout } = run('fixtures/clinic-3', '--fault', 'p1.v1.a3.saveSOAP:hang');
  assert.equal(status, 0);
  assert.match(stdout, /never struck: p1\.v1\.a3\.saveSOAP:hang/);
  assert.match(stdout, /the event log equals the recorded one/);
  const nowhere = run('fixtures/clinic-3', '--fault', 'p9.v9.saveSOAP:hang');
  assert.deepEqual([nowhere.status, nowhere.stdout], [2, '']);
  assert.match(nowhere.stderr, /p9\.v9\.saveSOAP:hang: the batch runs no such visit/);
});

test('what cannot be asked is refused, by name', () => {
  const file = put('faults.json', '{"claim": "x", "faults": ["p1.v1.saveSOAP:nonsense"]}');
  const cases = [
    [['--set', 'timeout_multiplier=0'], /^revisit: timeout_multiplier: a number from 0\.1 to 100/],
    [['--set', 'max_retries=0', '--set', 'max_retries=1'], /max_retries is given twice/],
    [['--set', 'max_retries=0', '--matrix', 'max_retries=1'], /max_retries is given twice/],
    [['--set', 'colour=red'], /colour is no setting.*revisit help settings/],
    [['--set', 'max_retries'], /NAME=VALUE/],
    [['--matrix', 'max_retries='], /NAME=VALUE,VALUE/],
    [['--matrix', 'max_retries=0,10'], /0 to 9/],
    [['--matrix', 'max_retries=0', '--log'], /choose one/],
    [['--answers', '--json'], /choose one/],
    [['--fault', 'p1.v1.saveSOAP:nonsense'], /--fault/],
    [['--faults', file], /faults\.json.*faults\[0\]/],
    [['--faults', fresh('none')], /none/],
    [['--unknown'], /not an option/],
  ];
  for (const [args, says] of cases) {
    const { status, stderr, stdout } = run('fixtures/clinic-3', ...args);
    assert.deepEqual([args, status, stdout], [args, 2, '']);
    assert.match(stderr, says);
  }
  assert.equal(run().status, 2);
  assert.equal(run('fixtures').status, 2);
});
