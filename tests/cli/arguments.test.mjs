// The command line: what it takes is what its help says, what it refuses it refuses
// by name, and data and messages keep to their own stream.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { COMMANDS } from './manual.mjs';
import { BATCH, PROGRAM, STATE, environment, fresh, put, refused, revisit, runArguments, said } from './revisit.mjs';

const SMALL = 'fixtures/http-refused';

test('help names every command and every exit status, on stdout', () => {
  for (const ask of ['--help', '-h', 'help']) {
    const r = revisit([ask]);
    assert.equal(r.status, 0);
    assert.equal(r.stderr, '');
    for (const command of COMMANDS) assert.match(r.stdout, new RegExp(`^  ${command} `, 'm'));
    const told = [...r.stdout.slice(r.stdout.indexOf('\nExit status\n')).matchAll(/^  (\d+) +[a-z]/gm)].map(([, status]) => Number(status));
    assert.deepEqual(told, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 70]);
  }
});

test('every command has a help of its own, wherever it is asked for', () => {
  for (const command of COMMANDS)
    for (const args of [[command, '--help'], [command, '-h'], [command, 'x', '--help']]) {
      const r = revisit(args);
      assert.equal(r.status, 0, said(r));
      assert.match(r.stdout, new RegExp(`^usage: revisit ${command} `));
      assert.equal(r.stderr, '');
    }
});

test('the version is the first line on stdout, and then each library with its own', () => {
  const r = revisit(['--version']);
  assert.equal(r.status, 0);
  assert.match(r.stdout, /^revisit \d+\.\d+\.\d+\n(  [a-z]+ +\d+\.[\d.]+\n)+$/);
  for (const library of ['libcurl', 'jansson', 'zstd', 'libsodium', 'libyaml', 'libmagic']) assert.match(r.stdout, new RegExp(`^  ${library} `, 'm'));
});

test('no command is a usage error that shows the help, on stderr', () => {
  const r = revisit([]);
  assert.equal(r.status, 2);
  assert.equal(r.stdout, '');
  assert.match(r.stderr, /usage: revisit COMMAND/);
});

test('an unknown command is named', () => {
  refused(revisit(['replai']), 2, /replai/, /did you mean replay\?/, /--help/);
  refused(revisit(['--replay']), 2, /--replay/);
});

test('an unknown option is named, with where to read on', () => {
  for (const command of COMMANDS)
    for (const option of ['--nope', '--nope=1', '-x'])
      refused(revisit([command, 'x', option]), 2, new RegExp(`${command}: ${option}`), new RegExp(`revisit ${command} --help`));
});

test('an option without its value is told from an unknown one', () => {
  refused(revisit(['run', 'x', '--base-url']), 2, /--base-url lacks its value/);
  refused(revisit(['recording', 'verify', 'x', '--salvage']), 2, /--salvage lacks its value/);
  refused(revisit(['replay', 'x', '--verify=1']), 2, /--verify=1 takes no value/);
});

test('missing and surplus arguments are named', () => {
  const all = { '--base-url': 'http://127.0.0.1:1', '--state': STATE };
  const without = option => Object.entries(all).filter(([name]) => name !== option).flat();
  refused(revisit(['run', ...without('')]), 2, /BATCH/);
  refused(revisit(['run', BATCH, BATCH, ...without('')]), 2, /one batch/);
  for (const option of Object.keys(all)) refused(revisit(['run', BATCH, ...without(option)]), 2, new RegExp(`${option} is needed`));
  refused(revisit(runArguments(BATCH, { more: ['--record-network'] })), 2, /--record DIR/);
  const more = (...words) => revisit(runArguments(BATCH, { more: words }));
  refused(more('--record-raw', fresh('raw.rvt')), 2, /sealed or not at all: add --seal-to/);
  refused(more('--seal-to', 'x.pub'), 2, /--record-raw FILE/);
  refused(more('--record', 'same', '--record-raw', 'same', '--seal-to', 'x.pub'), 2, /a file of its own/);
  refused(more('--record-raw', '', '--seal-to', 'x.pub'), 2, /an empty path/);
  refused(revisit(['replay']), 2, /RECORDING/);
  refused(revisit(['replay', SMALL, SMALL]), 2, /one recording/);
  refused(revisit(['recording']), 2, /verify DIR/);
  refused(revisit(['recording', 'verify']), 2, /verify DIR/);
  refused(revisit(['recording', 'mend', SMALL]), 2, /mend/);
  refused(revisit(['recording', 'info', SMALL, '--salvage', fresh('new')]), 2, /--salvage is not an option here, but of revisit recording verify/);
});

test('a time that is none, or too long, is refused with what one looks like', () => {
  for (const option of ['--min-gap', '--batch-timeout'])
    for (const text of ['', '5', 's', '0s', '-1s', '1.5s', '2 s', '2S', '1d', '169h', '99999999999999999999ms', 'nan'])
      refused(revisit(runArguments(BATCH, { more: [option, text] })), 2, new RegExp(`${option}: a time is needed.*500ms`));
});

test('a breaker has three modes, and --force is of a resume', () => {
  refused(revisit(runArguments(BATCH, { more: ['--breaker', 'half_open'] })), 2, /auto, closed or open/);
  refused(revisit(runArguments(BATCH, { more: ['--force'] })), 2, /--force goes with --resume/);
});

test('a resume needs a run: where there is none nothing is made', () => {
  const place = fresh('never');
  refused(revisit(runArguments(BATCH, { more: ['--resume', '--run-dir', place] })), 2, /there is no run to resume/);
  assert.equal(existsSync(place), false);
  refused(revisit(runArguments(BATCH, { more: ['--resume'] }), { env: { XDG_STATE_HOME: fresh('state') } }), 2, /there is no run of this batch to resume/);
});

test('an empty path is refused, and an empty REVISIT_BROWSER is as none', () => {
  for (const args of [runArguments(''), runArguments(BATCH, { state: '' }), ...['--record', '--run-dir', '--browser'].map(option => runArguments(BATCH, { more: [option, ''] }))])
    refused(revisit(args), 2, /empty path/);
  const r = revisit(runArguments(BATCH), { env: { REVISIT_BROWSER: '' } });
  assert.equal(r.status, 9, said(r));
  assert.match(r.stderr, /the server refused the connection/);
});

test('numbers and URLs out of range are refused with the range', () => {
  for (const number of ['10', '-1', '', '1.5', 'two', '4294967296'])
    refused(revisit(runArguments(BATCH, { more: ['--max-retries', number] })), 2, /--max-retries: .*0 to 9/);
  const url = text => revisit(runArguments(BATCH, { url: text }));
  for (const text of ['', 'ftp://127.0.0.1', 'http://', 'http://u:p@127.0.0.1', 'http://127.0.0.1/x', 'http://127.0.0.1/?q=1',
    'http://127.0.0.1:99999', 'http://127.0.0.1#x', `http://${'a'.repeat(2000)}`])
    refused(url(text), 2, /^revisit: --base-url: .*https:\/\/node.example/);
});

// Row 10 of the faults: TIMEOUT_MULTIPLIER.
test('a TIMEOUT_MULTIPLIER that is none is refused with its range', () => {
  for (const TIMEOUT_MULTIPLIER of ['0', '-1', 'nan', 'inf', '1e9', '', '1,5', '0.09', '100.001', '1.0001', ' 1', '0x1', '+1'])
    refused(revisit(runArguments(BATCH), { env: { TIMEOUT_MULTIPLIER } }), 2, /TIMEOUT_MULTIPLIER/, /0\.1 to 100/);
});

test('with a TIMEOUT_MULTIPLIER of 0.1, 1 or 100 the run goes on to the server', () => {
  for (const TIMEOUT_MULTIPLIER of ['0.1', '1', '100', '99.999']) {
    const r = revisit(runArguments(BATCH), { env: { TIMEOUT_MULTIPLIER } });
    assert.equal(r.status, 9, said(r));
    assert.match(r.stderr, /cannot be reached: the server refused the connection/);
  }
});

test('the event log alone is on stdout, and messages alone on stderr', () => {
  const run = revisit(runArguments(BATCH)), replay = revisit(['replay', SMALL]);
  for (const r of [run, replay]) {
    assert.match(r.stdout, /^(\{.*\}\n)+$/);
    for (const line of r.stdout.trimEnd().split('\n')) assert.ok(JSON.parse(line).type);
  }
  assert.match(run.stderr, /^revisit: run directory/);
  assert.doesNotMatch(run.stderr, /^\{/m);
  assert.match(replay.stderr, /^revisit: the recorded run was ended by its environment: .* cannot be reached: the server refused the connection; nothing was started\n$/);
  assert.equal(revisit(['replay', 'fixtures/clinic-3']).stderr, '', 'a run that came to its own end is replayed without a word');
});

// The reader is gone before the first byte: it closes its end, then opens the gate.
test('a reader that leaves early does not stop a replay', () => {
  const gate = fresh('gate');
  const script = 'mkfifo "$1"; { read _ <"$1"; "$0" replay fixtures/clinic-3; echo $? >&3; } | { exec <&-; echo go >"$1"; }';
  const r = spawnSync('sh', ['-c', script, PROGRAM, gate], { encoding: 'utf8', env: environment(), stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  assert.equal(r.output[3], '0\n');
  assert.equal(r.stderr, '');
  const head = spawnSync('sh', ['-c', '"$0" replay fixtures/clinic-3 | head -n 1', PROGRAM], { encoding: 'utf8', env: environment() });
  assert.match(head.stdout, /^\{"type":"batch_start".*\}\n$/);
  assert.equal(head.stderr, '');
});

test('a stdout that cannot be written costs exit 9', () => {
  for (const args of [['replay', 'fixtures/clinic-3'], ['replay', SMALL], ['replay', SMALL, '--verify'], ['replay', SMALL, '--summary'],
    ['recording', 'verify', SMALL], ['recording', 'info', SMALL], ['recording', 'cat', SMALL], ['recording', 'cat', 'fixtures/clinic-3'], ['--help'], ['--version'], ['run', '--help'], ['events', 'schema']]) {
    const full = openSync('/dev/full', 'w');
    const r = revisit(args, { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    assert.equal(r.status, 9, `${args.join(' ')}: ${r.stderr}`);
    assert.match(r.stderr, /stdout cannot be written/);
  }
});

test('a run goes on when stdout is full or closed, and its log is whole all the same', () => {
  for (const redirection of ['>/dev/full', '>&-', '| true']) {
    const dir = fresh('run');
    const r = spawnSync('sh', ['-c', `"$@" ${redirection}`, 'sh', PROGRAM, ...runArguments(BATCH, { more: ['--run-dir', dir] })],
      { encoding: 'utf8', env: environment(), timeout: 20000 });
    assert.match(readFileSync(`${dir}/events.ndjson`, 'utf8'), /^(\{.*\}\n)+$/, redirection);
    assert.match(readFileSync(`${dir}/events.ndjson`, 'utf8'), /"type":"batch_summary".*\n$/, redirection);
    assert.match(r.stderr, /refused the connection/, 'the first error is the one that is told');
  }
});

test('options of a replay that would change its course are refused and name what answers them', () => {
  for (const option of ['--max-retries=2', '--timeout-multiplier=1', '--base-url=http://127.0.0.1:1', '--set=x=1'])
    refused(revisit(['replay', SMALL, option]), 6, /whatif/);
});

test('arguments with bytes that are no text are no trouble', () => {
  const name = put('ünï "code".json', '{}');
  refused(revisit(runArguments(name)), 2, /ünï "code"\.json/);
  refused(revisit(['replay', 'a'.repeat(5000)]), 2);
  refused(revisit(['run', 'x', '--run-dir', 'a'.repeat(5000), '--base-url', 'http://a', '--state', 'x']), 2);
});
