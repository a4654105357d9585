// Keys, and recordings that only a key opens, from outside. Row 29 of the faults.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BATCH, fresh, refused, revisit, runArguments, said, scratch } from './revisit.mjs';

const SMALL = 'fixtures/http-refused', DAY = 'fixtures/clinic-3';

const secrets = [];
const done = (args, options) => {
  const r = revisit(args, options);
  assert.equal(r.status, 0, said(r));
  for (const secret of secrets) assert.ok(!(r.stdout + r.stderr).includes(secret), 'a secret is on no output');
  return r.stdout;
};
const makeKey = () => {
  const key = fresh('clinic.key');
  done(['key', 'new', key]);
  secrets.push(readFileSync(key, 'utf8').match(/ ([0-9a-f]{64})\n/)[1]);
  return key;
};
const KEY = makeKey();
const seal = (recording, key = KEY) => {
  const file = fresh('day.rvt');
  done(['recording', 'seal', recording, '--to', `${key}.pub`, '-o', file]);
  return file;
};
const SEALED = seal(DAY);
const files = () => readdirSync(scratch).sort();

test('a key is private whatever the mask, and is told by version, id and age', () => {
  const key = fresh('k');
  const r = revisit(['key', 'new', key], { under: ['sh', '-c', 'umask 0; exec "$@"', 'sh'] });
  assert.equal(r.status, 0, said(r));
  assert.equal(statSync(key).mode & 0o7777, 0o600);
  assert.equal(statSync(`${key}.pub`).mode & 0o7777, 0o644);
  const [, id] = r.stdout.match(/version 1 {2}id ([0-9a-f]{32}) {2}made \d{4}-\d\d-\d\d/);
  assert.match(done(['key', 'show', key]), new RegExp(`secret key\nversion 1 {2}id ${id} .*, 0 days old\n$`));
  assert.match(done(['key', 'show', `${key}.pub`]), new RegExp(`^version 1 {2}id ${id} .*public half\n$`));
  assert.equal(revisit(['key', 'show', key, '--public']).stdout, readFileSync(`${key}.pub`, 'utf8'));
  refused(revisit(['key', 'new', key]), 2, /is there already/);
});

test('a raw recording goes to a new file and to a key, or the run is not begun', () => {
  const there = fresh('raw.rvt'), none = fresh('raw.rvt'), runDir = fresh('run');
  writeFileSync(there, 'kept');
  const run = (file, key) => revisit(runArguments(BATCH, { more: ['--browser', '/bin/false', '--run-dir', runDir, '--record-raw', file, '--seal-to', key] }));
  refused(run(there, `${KEY}.pub`), 2, /raw.rvt: is there already, and is not replaced: name a new file/);
  assert.equal(readFileSync(there, 'utf8'), 'kept');
  refused(run(none, `${KEY}.none`), 7, /none/);
  assert.ok(!existsSync(none) && !existsSync(runDir));
});

test('what reads a recording reads a sealed one, and leaves nothing beside it', () => {
  const plain = done(['replay', DAY]);
  const before = files();
  assert.ok(done(['replay', SEALED, '--key', KEY]) === plain);
  assert.match(done(['replay', SEALED, '--key', KEY, '--verify']), /equals the recorded one/);
  assert.match(done(['explain', SEALED, '--key', KEY]), /3 visits/);
  assert.match(done(['whatif', SEALED, '--key', KEY, '--set', 'max_retries=0']), /3 visits, max_retries=0/);
  assert.match(done(['recording', 'verify', SEALED, '--key', KEY]), /whole/);
  assert.match(done(['recording', 'info', SEALED, '--key', KEY]), /format {5}1/);
  assert.ok(done(['recording', 'cat', SEALED, '--key', KEY]) === done(['recording', 'cat', DAY]));
  assert.match(done(['recording', 'diff', SEALED, DAY, '--key', KEY]), /^equal/);
  assert.match(done(['check', SEALED, '--key', KEY]), /1 of 1 recording equal/);
  assert.match(done(['sweep', SEALED, '--key', KEY, '--seeds', '1..2', '--jobs', '1']), /2 seeds, 0 violations/);
  assert.deepEqual(files(), before);
  const page = fresh('page.html');
  done(['report', SEALED, '--key', KEY, '-o', page]);
  assert.match(readFileSync(page, 'utf8'), /^<!doctype html>/i);
});

test('a sealed one is cleaned, and exported, without a plain copy of it', () => {
  const before = files(), clean = fresh('clean'), har = fresh('sealed.har'), plain = fresh('plain.har');
  done(['recording', 'redact', SEALED, '--key', KEY, '-o', clean]);
  assert.match(done(['recording', 'diff', clean, DAY]), /^equal/);
  assert.match(done(['recording', 'check', clean]), /: clean: 0 findings/);
  done(['recording', 'export-har', SEALED, '--key', KEY, '-o', har]);
  done(['recording', 'export-har', DAY, '-o', plain]);
  assert.ok(readFileSync(har).equals(readFileSync(plain)));
  assert.deepEqual(files(), [...before, ...[clean, har, plain].map(path => basename(path))].sort());
  for (const args of [['redact', SEALED, '-o', fresh('none')], ['export-har', SEALED, '-o', fresh('none.har')]])
    refused(revisit(['recording', ...args]), 7, /name the key file with --key/);
});

test('whether anybody is in it is told of a sealed one too, which keeps no certificate', () => {
  const before = readFileSync(SEALED);
  assert.match(done(['recording', 'check', SEALED, '--key', KEY]), /: clean: 0 findings .*\n.*: is sealed, and keeps no certificate/);
  assert.deepEqual(readFileSync(SEALED), before);
});

test('opened it is the directory that was sealed', () => {
  const dir = fresh('opened');
  done(['recording', 'open', SEALED, '--key', KEY, '-o', dir]);
  const inside = readdirSync(dir, { recursive: true }).filter(name => !statSync(`${dir}/${name}`).isDirectory());
  assert.ok(inside.includes('manifest.json') && inside.some(name => name.startsWith('bodies/')));
  for (const name of inside) {
    assert.deepEqual(readFileSync(`${dir}/${name}`), readFileSync(`${DAY}/${name}`), name);
    assert.equal(statSync(`${dir}/${name}`).mode & 0o7777, 0o600);
  }
  refused(revisit(['recording', 'open', SEALED, '--key', KEY, '-o', dir]), 2, /is not empty/);
});

test('without its key a sealed recording is refused, and the error says which key', () => {
  const [, id] = done(['key', 'show', KEY]).match(/id ([0-9a-f]{32})/);
  for (const args of [['replay', SEALED], ['explain', SEALED], ['report', SEALED, '-o', fresh('r.html')], ['whatif', SEALED, '--set', 'max_retries=0'], ['recording', 'verify', SEALED]]) {
    refused(revisit(args), 7, new RegExp(`is sealed to key ${id} \\(version 1\\): name the key file with --key`));
    refused(revisit([...args, '--key', makeKey()]), 7, new RegExp(`${id}.*holds none of them`));
  }
});

test('a key that is missing, short, open to others or a link is refused with the remedy', () => {
  const bad = (make, why) => {
    const key = fresh('bad.key');
    make(key);
    const r = revisit(['replay', SEALED, '--key', key]);
    refused(r, 7, why, new RegExp(basename(key)));
    assert.doesNotMatch(r.stderr, /[0-9a-f]{33}|k{9}/);
  };
  bad(() => {}, /is missing.*revisit key new/);
  bad(key => writeFileSync(key, readFileSync(KEY).subarray(0, 100), { mode: 0o600 }), /line 2: is damaged/);
  bad(key => writeFileSync(key, 'k'.repeat(32), { mode: 0o600 }), /is no key file/);
  bad(key => { copyFileSync(KEY, key); chmodSync(key, 0o644); }, /others may read or write it \(mode 0644\): chmod 600/);
  bad(key => symlinkSync(KEY, key), /is a link/);
  bad(key => { copyFileSync(KEY, `${key}.1`); chmodSync(`${key}.1`, 0o600); linkSync(`${key}.1`, key); }, /2 names/);
  bad(key => copyFileSync(`${KEY}.pub`, key), /others may read/);
});

test('a flipped bit, a cut, a chunk in another place: exit 7, and no line of a log', () => {
  const whole = readFileSync(SEALED);
  const damaged = (bytes, why) => {
    const file = fresh('damaged.rvt');
    writeFileSync(file, bytes);
    const r = revisit(['replay', file, '--key', KEY]);
    refused(r, 7, why);
    assert.equal(r.stdout, '');
    return file;
  };
  for (const at of [0, 9, 20, 50, 100, 200, 1000, whole.length >> 1, whole.length - 1]) {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 1;
    damaged(bytes, /damaged|cut/);
  }
  const cut = damaged(whole.subarray(0, whole.length - 30), /cut, or its writer was killed.*--salvage/);
  damaged(Buffer.concat([whole, Buffer.from([0])]), /behind the end/);
  const dir = fresh('salvaged');
  refused(revisit(['recording', 'open', cut, '--key', KEY, '-o', dir]), 7, /cut/);
  assert.match(done(['recording', 'open', cut, '--key', KEY, '-o', dir, '--salvage']), /its end is missing/);
  done(['recording', 'verify', dir]);
});

test('a rotation makes the next version once, and goes on where it was left', () => {
  const key = makeKey(), first = seal(SMALL, key), second = seal(SMALL, key), old = fresh('old.key');
  copyFileSync(key, old);
  chmodSync(old, 0o600);
  assert.match(done(['key', 'rotate', key, first]), /^version 2 .*, new\n.*: sealed to version 2\n$/);
  assert.match(done(['key', 'rotate', key, first, second]), /^version 2 .*, as it was\n.*: is sealed to version 2 already\n.*: sealed to version 2\n$/);
  for (const file of [first, second]) {
    assert.match(done(['replay', file, '--key', key, '--verify']), /equals the recorded one/);
    refused(revisit(['replay', file, '--key', old]), 7, /holds none of them/);
  }
  assert.match(done(['key', 'show', key]), /version 2 .*\nversion 1 .*, for reading\n$/);
  const third = fresh('third.rvt');
  done(['recording', 'seal', SMALL, '--to', `${key}.pub`, '-o', third]);
  assert.match(done(['key', 'rotate', key, '--version', '7']), /^version 7 .*, new\n$/);
  assert.match(done(['replay', third, '--key', key, '--verify']), /equals/);
  refused(revisit(['key', 'rotate', key, SMALL]), 2, /is no sealed file/);
});

test('what could never be opened again is not sealed', () => {
  const tried = change => {
    const dir = fresh('stray'), out = fresh('stray.rvt');
    cpSync(DAY, dir, { recursive: true });
    const name = change(`${dir}/bodies`);
    const r = revisit(['recording', 'seal', dir, '--to', `${KEY}.pub`, '-o', out]);
    assert.ok(r.stderr.includes(`bodies/${name}: `), said(r));
    assert.deepEqual(files().filter(file => file.startsWith(basename(out))), []);
    return r;
  };
  const add = name => bodies => (writeFileSync(`${bodies}/${name}`, 'x'), name);
  for (const name of ['README', 'x'.repeat(90), 'A'.repeat(64)]) refused(tried(add(name)), 2, /is no file of a recording/);
  refused(tried(add('0'.repeat(64))), 7, /is not what its name says/);
});

test('a file of another key is not rotated, and no version is made for it', () => {
  const key = makeKey(), own = seal(SMALL, key), foreign = seal(SMALL), before = readFileSync(key);
  refused(revisit(['key', 'rotate', key, own, foreign]), 7, /is sealed to no version of this key/, new RegExp(basename(foreign)));
  assert.deepEqual(readFileSync(key), before);
  done(['replay', own, '--key', key, '--verify']);
});

test('the last version that a key file takes is not gone past', () => {
  const key = fresh('last.key');
  done(['key', 'new', key, '--version', '999999']);
  const file = seal(SMALL, key);
  refused(revisit(['key', 'rotate', key, file]), 2, /version 1000000: a version is a number from 1 to 999999/);
  done(['replay', file, '--key', key, '--verify']);
});

test('the version in force decides what is sealed, not what is read', () => {
  const env = { FIELD_ENCRYPTION_KEY_VERSION: '5' };
  refused(revisit(['recording', 'seal', SMALL, '--to', `${KEY}.pub`, '-o', fresh('x.rvt')], { env }), 7, /has version 1, FIELD_ENCRYPTION_KEY_VERSION says 5/);
  const key = fresh('five.key');
  assert.match(done(['key', 'new', key], { env }), /version 5 /);
  done(['recording', 'seal', SMALL, '--to', `${key}.pub`, '-o', fresh('y.rvt')], { env });
  done(['replay', SEALED, '--key', KEY, '--verify'], { env });
  for (const FIELD_ENCRYPTION_KEY_VERSION of ['', '0', '-1', 'five', '1000000'])
    refused(revisit(['key', 'new', fresh('none.key')], { env: { FIELD_ENCRYPTION_KEY_VERSION } }), 2, /FIELD_ENCRYPTION_KEY_VERSION: .*1 to 999999/);
});

test('a key is found among the credentials by its name', () => {
  const CREDENTIALS_DIRECTORY = fresh('credentials');
  mkdirSync(CREDENTIALS_DIRECTORY, { mode: 0o700 });
  copyFileSync(KEY, `${CREDENTIALS_DIRECTORY}/clinic.key`);
  chmodSync(`${CREDENTIALS_DIRECTORY}/clinic.key`, 0o440);
  assert.match(done(['replay', SEALED, '--key', 'clinic.key', '--verify'], { env: { CREDENTIALS_DIRECTORY } }), /equals/);
  refused(revisit(['replay', SEALED, '--key', 'clinic.key'], {}), 7, /clinic.key: is missing/);
});

test('what is sealed is sealed to somebody, once, into a new file', () => {
  refused(revisit(['recording', 'seal', SMALL, '-o', fresh('x.rvt')]), 2, /--to is needed/);
  refused(revisit(['recording', 'seal', SMALL, '--to', `${KEY}.pub`]), 2, /-o is needed/);
  refused(revisit(['recording', 'seal', SMALL, '--to', `${KEY}.pub`, '--to', `${KEY}.pub`, '-o', fresh('x.rvt')]), 2, /is named twice/);
  refused(revisit(['recording', 'seal', SMALL, '--to', KEY, '-o', fresh('x.rvt')]), 7, /is a secret key/);
  refused(revisit(['recording', 'seal', SMALL, '--to', `${KEY}.pub`, '-o', SEALED]), 2, /is there already/);
  refused(revisit(['recording', 'open', DAY, '--key', KEY, '-o', fresh('x')]), 2, /is no sealed file/);
  refused(revisit(['recording', 'pack', SEALED]), 2, /is sealed/);
  const other = makeKey(), both = fresh('both.rvt');
  done(['recording', 'seal', SMALL, '--to', `${KEY}.pub`, '--to', `${other}.pub`, '-o', both]);
  for (const key of [KEY, other]) assert.match(done(['replay', both, '--key', key, '--verify']), /equals/);
});
