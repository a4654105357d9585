// Recordings without anybody in them: `recording redact` and `recording check`. The law: what a redacted
// recording replays to is what the recorded run told.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fresh, put, refused, revisit, said } from './revisit.mjs';
import { Damaged } from './damaged.mjs';

const read = (dir, name) => readFileSync(join(dir, name), 'utf8');
const redact = (from, ...more) => {
  const to = fresh('clean');
  const r = revisit(['recording', 'redact', from, '-o', to, ...more]);
  assert.equal(r.status, 0, said(r));
  return to;
};
const check = (...args) => revisit(['recording', 'check', ...args]);
const certificateOf = dir => JSON.parse(read(dir, 'manifest.json')).certificate;

// The network recorded, a journal that was found, odd answers, a login page.
for (const name of ['clinic-3', 'resumed', 'http-faults', 'session-expiry'])
  test(`${name}, redacted, replays to the events of the run, and is certified`, () => {
    const recording = join('fixtures', name), clean = redact(recording);
    assert.equal(revisit(['replay', clean]).stdout, read(recording, 'events.ndjson'));
    assert.equal(read(clean, 'batch.json'), read(recording, 'batch.json'), 'invented people stay');
    const r = check(clean);
    assert.equal(r.status, 0, said(r));
    assert.match(r.stdout, new RegExp(`: clean: 0 findings in \\d+ bytes by rules ${certificateOf(clean).rules}\n$`));
    assert.equal(revisit(['recording', 'verify', clean]).status, 0);
    const twice = redact(clean);
    for (const file of [name === 'session-expiry' ? 'session.ndjson.zst' : 'session.ndjson', 'state.json', 'events.ndjson', ...(name === 'clinic-3' ? ['network.ndjson'] : [])])
      assert.equal(read(twice, file), read(clean, file), `${file}: redacted twice is redacted once`);
  });

test('whoever is left is told by file, line and kind, and no certificate stays', () => {
  const clean = redact('fixtures/hang-save');
  assert.equal(check(clean).status, 0);
  const copy = fresh('copy');
  cpSync(clean, copy, { recursive: true });
  const at = read(copy, 'session.ndjson').split('\n').findIndex(line => line.includes('"body":"<!DOCTYPE'));
  const marked = new Damaged(copy).entry(at, line => line.replace('<title>', '<title>Brontoval 11/23/1961, ')).dir;
  const r = check(marked);
  assert.equal(r.status, 1, said(r));
  assert.match(r.stdout, new RegExp(`/session\\.ndjson:${at + 1}: 1 words, 1 dates$`, 'm'));
  assert.doesNotMatch(r.stdout, /rontoval|1961/);
  assert.equal(certificateOf(marked), undefined);
});

test('a body that no line names is looked at too', () => {
  const copy = fresh('unnamed');
  cpSync('fixtures/clinic-3', copy, { recursive: true });
  writeFileSync(join(copy, 'bodies', 'f'.repeat(64)), 'Brontoval');
  const r = check(copy);
  assert.equal(r.status, 1, said(r));
  assert.match(r.stdout, /\/bodies\/f{64}: 1 words$/m);
});

test('rules of one\'s own: bad ones are refused by line', () => {
  const rules = text => put('phi.map', text);
  const clean = fresh('never');
  const refuses = (text, ...patterns) => refused(revisit(['recording', 'redact', 'fixtures/http-refused', '-o', clean, '--phi-map', rules(text)]), 2, ...patterns);
  refuses('# none\n', /has no rule/);
  refuses('cdp * method keep\nnowhere * x keep\n', /line 2: .*place/);
  refuses('cdp * method keeps\n', /line 1: .*rule/);
  refuses('cdp * method\n', /line 1: a rule is/);
  refuses('cdp * method keep now\n', /line 1: goes on/);
  refuses('cdp * method keep\nword Pain\n', /line 2: .*lower case/);
  const copy = fresh('others'); // a check with findings takes the certificate away
  cpSync('fixtures/http-refused', copy, { recursive: true });
  const r = check(copy, '--phi-map', rules('cdp * method keep\n'));
  assert.equal(r.status, 1, said(r));
});

test('every fixture is certified by the rules of today; what is not is refused where that is asked for', () => {
  const r = revisit(['check', 'fixtures', '--require-clean']);
  assert.equal(r.status, 0, said(r));
  const copy = new Damaged('fixtures/http-refused').manifest(text => text.replace(/"rules":"../, '"rules":"zz')).dir;
  assert.equal(revisit(['replay', copy, '--summary']).status, 0);
  refused(revisit(['replay', copy, '--require-clean']), 7, /other rules/, /recording check/);
  const never = new Damaged('fixtures/http-refused').manifest(text => text.replace(/"certificate":.*\n/, '')).dir;
  refused(revisit(['replay', never, '--require-clean']), 7, /no certificate/);
});
