// revisit run --replay-network before a browser is started: what it takes and refuses, that
// the look at the site is answered from the recording, and that what it leaves behind is
// never taken for a run at a site.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BATCH, STATE, NOWHERE, fresh, refused, revisit, runArguments, said } from './revisit.mjs';

const REC = 'fixtures/clinic-3';
// --breaker open: the look at the site, and no visit.
const replay = (rec, more = [], options = {}) =>
  revisit(['run', BATCH, '--replay-network', rec, '--no-sandbox', '--breaker', 'open', ...more], options);
const journalOf = dir => readFileSync(join(dir, 'journal.ndjson'), 'utf8');

test('the look at the site is answered by the recording, and no visit is counted as one at a site', () => {
  const runs = fresh('runs'), env = { XDG_STATE_HOME: runs };
  for (const n of [1, 2]) { // the second is not refused: neither is ever gone on with
    const r = replay(REC, [], { env });
    assert.equal(r.status, 4, said(r));
    assert.match(r.stderr, /browser replay: 1 requests answered/);
    assert.doesNotMatch(r.stderr, /to go on/);
    const dir = join(runs, 'revisit', `batch_20240111_080000-offline-${n}`);
    assert.match(journalOf(dir), /"base_url":"http:\/\/127\.0\.0\.1:\d+".*"replay_network":true/);
    assert.match(revisit(['status', dir]).stdout, /a browser replay: a recording answered, and nothing was done in any chart/);
    assert.equal(JSON.parse(revisit(['status', dir, '--json']).stdout).offline, true);
    const live = ['--run-dir', dir, '--resume'];
    refused(revisit(runArguments(BATCH, { more: live })), 2, /this run was a browser replay/);
    refused(revisit(runArguments(BATCH, { more: [...live, '--force'] })), 2, /this run was a browser replay/);
  }
  assert.equal(existsSync(join(runs, 'revisit', 'batch_20240111_080000-1')), false);
});

test('nothing of it opens a socket of the internet', () => {
  const log = fresh('strace');
  const r = replay(REC, ['--run-dir', fresh('run')], { under: ['strace', '-f', '-o', log, '-e', 'trace=socket,connect'] });
  assert.equal(r.status, 4, said(r));
  assert.doesNotMatch(readFileSync(log, 'utf8'), /AF_INET/);
});

test('arguments that contradict it are refused', () => {
  refused(replay(REC, ['--base-url', NOWHERE]), 2, /takes the site and its session from the recording/);
  refused(replay(REC, ['--state', STATE]), 2, /takes the site and its session from the recording/);
  refused(replay(REC, ['--resume', '--run-dir', fresh('run')]), 2, /is begun again instead/);
  refused(revisit(runArguments(BATCH, { more: ['--virtual-time'] })), 2, /--virtual-time goes with --replay-network/);
});

test('a recording without its requests, none at all, and a damaged one are told', () => {
  refused(replay('fixtures/hang-save', ['--run-dir', fresh('run')]), 2, /recording fixtures\/hang-save: it holds no requests/, /--record-network/);
  refused(replay(fresh('nothing')), 2, /does not exist/);
  const damaged = fresh('damaged');
  cpSync(REC, damaged, { recursive: true });
  const text = readFileSync(join(damaged, 'network.ndjson'), 'utf8');
  writeFileSync(join(damaged, 'network.ndjson'), text.replace('"method":"GET"', '"method":"PUT"'));
  refused(replay(damaged, ['--run-dir', fresh('run')]), 7, /network\.ndjson:1/);
});
