// A packed recording is used like any other, and one that is cut, damaged or a bomb is
// refused like any other: by file and cause, in bounded memory.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bounded, fresh, refused, revisit, said, tellsNobody } from './revisit.mjs';
import { Damaged, SMALL, WHOLE } from './damaged.mjs';
import { zstdBomb } from './wrong_files.mjs';

const PACKED = 'session.ndjson.zst';
const log = readFileSync(join(WHOLE, 'events.ndjson'), 'utf8');

function pack(fixture) {
  const copy = new Damaged(fixture), r = revisit(['recording', 'pack', copy.dir]);
  assert.equal(r.status, 0, said(r));
  return copy;
}

test('a packed recording prints, replays, compares and verifies as before, in a tenth of its room', () => {
  const copy = pack(WHOLE), plain = readFileSync(join(WHOLE, 'session.ndjson'), 'utf8');
  assert.throws(() => readFileSync(copy.at('session.ndjson')), 'the plain file is gone');
  assert.ok(readFileSync(copy.at(PACKED)).length < plain.length / 10);
  assert.equal(revisit(['replay', copy.dir]).stdout, log);
  for (const args of [['replay', copy.dir, '--verify'], ['recording', 'info', copy.dir]]) assert.equal(revisit(args).status, 0);
  assert.equal(revisit(['recording', 'cat', copy.dir]).stdout, plain);
  assert.equal(revisit(['recording', 'cat', WHOLE]).stdout, plain);
  assert.equal(revisit(['recording', 'unpack', copy.dir]).status, 0);
  assert.equal(readFileSync(copy.at('session.ndjson'), 'utf8'), plain);
  assert.equal(readFileSync(copy.at('manifest.json'), 'utf8'), readFileSync(join(WHOLE, 'manifest.json'), 'utf8'));
});

test('what is packed already, or is no recording, is not packed', () => {
  const copy = pack(SMALL), before = readFileSync(copy.at(PACKED));
  refused(revisit(['recording', 'pack', copy.dir]), 2, /packed already/);
  assert.deepEqual(readFileSync(copy.at(PACKED)), before);
  refused(revisit(['recording', 'pack', fresh('nothing')]), 2, /does not exist/);
  const open = new Damaged().manifest(text => text.replace('"status":"closed"', '"status":"open"'));
  refused(revisit(['recording', 'pack', open.dir]), 2, /open/);
});

test('a damaged recording is not packed, and stays as it was', () => {
  const copy = new Damaged(WHOLE), bytes = copy.read('session.ndjson');
  bytes[bytes.length >> 1] ^= 1;
  refused(revisit(['recording', 'pack', copy.write('session.ndjson', bytes).dir]), 7, /session\.ndjson/);
  assert.deepEqual(readFileSync(copy.at('session.ndjson')), bytes);
  assert.throws(() => readFileSync(copy.at(PACKED)));
});

test('a packed recording that is cut is refused, and what is whole of it is kept', () => {
  const copy = pack(WHOLE), bytes = readFileSync(copy.at(PACKED));
  for (let i = 0; i < 40; i++) {
    copy.write(PACKED, bytes.subarray(0, Math.floor((i * bytes.length) / 40)));
    for (const args of [['replay', copy.dir], ['recording', 'verify', copy.dir]]) {
      const r = bounded(args);
      assert.equal(r.status, 2, said(r));
      assert.match(r.stderr, /session\.ndjson\.zst: is (cut: its end is missing; .*--salvage|no zstd file)/);
      assert.ok(log.startsWith(r.stdout));
      tellsNobody(r);
    }
    if (i % 8 !== 7) continue;
    const to = fresh('salvaged');
    assert.equal(revisit(['recording', 'verify', copy.dir, '--salvage', to]).status, 0);
    const replay = revisit(['replay', to]);
    assert.equal(replay.status, 0, said(replay));
    assert.ok(log.startsWith(replay.stdout));
  }
});

test('a flipped bit in a packed session is damage, and nothing of a bad line is used', () => {
  const copy = pack(WHOLE), bytes = readFileSync(copy.at(PACKED));
  for (let i = 0; i < 60; i++) {
    const damaged = Buffer.from(bytes);
    damaged[Math.floor((i * bytes.length) / 60)] ^= 1 << i % 8;
    copy.write(PACKED, damaged);
    for (const args of [['replay', copy.dir], ['recording', 'verify', copy.dir]]) {
      const r = bounded(args), where = `bit ${i % 8} of byte ${Math.floor((i * bytes.length) / 60)}: ${said(r)}`;
      assert.ok(i < 2 ? [2, 7].includes(r.status) : r.status === 7, where); // the magic number itself says that it is no zstd
      assert.match(r.stderr, /session\.ndjson/, where);
      assert.ok(log.startsWith(r.stdout), where);
    }
  }
});

// Row 7: 64 KiB that unpack to 2 GiB; as they are, and behind entries that are good and
// that a salvage keeps.
test('a bomb is over the limit, in bounded memory', () => {
  const good = readFileSync(pack(SMALL).at(PACKED));
  for (const [bytes, whole] of [[zstdBomb(), 0], [Buffer.concat([good, zstdBomb()]), 6]]) {
    const copy = pack(SMALL), to = fresh('salvaged');
    copy.mend(PACKED, bytes);
    for (const args of [['replay', copy.dir], ['recording', 'verify', copy.dir], ['recording', 'cat', copy.dir]]) {
      const r = bounded(args);
      assert.equal(r.status, 2, `${args.join(' ')}: ${said(r)}`);
      assert.match(r.stderr, new RegExp(`session\\.ndjson:${whole + 1}: the line is over the limit`));
    }
    const salvage = bounded(['recording', 'verify', copy.dir, '--salvage', to]);
    assert.equal(salvage.status, 0, said(salvage));
    assert.match(salvage.stdout, new RegExp(`the first ${whole} entries`));
    assert.equal(bounded(['recording', 'verify', to]).status, 0);
    assert.equal(bounded(['replay', to]).status, 0);
  }
});

test('no file is removed for one that is not the session', () => {
  const packed = pack(SMALL), plain = packed.read('session.ndjson'), bytes = readFileSync(packed.at(PACKED));
  const damaged = Buffer.from(bytes);
  damaged[damaged.length >> 1] ^= 1;
  const unpacks = copy => {
    assert.equal(revisit(['replay', copy.dir, '--verify']).status, 0);
    assert.equal(revisit(['recording', 'unpack', copy.dir]).status, 0);
    assert.deepEqual(readFileSync(copy.at('session.ndjson')), plain);
    assert.equal(revisit(['recording', 'verify', copy.dir]).status, 0);
  };
  unpacks(new Damaged().drop('session.ndjson').write(PACKED, bytes)); // somebody's zstd --rm
  for (const other of [null, damaged]) {
    const copy = pack(SMALL).write('session.ndjson', plain);
    if (other) copy.write(PACKED, other);
    else copy.drop(PACKED);
    refused(revisit(['recording', 'pack', copy.dir]), other ? 7 : 2, /session\.ndjson\.zst/);
    unpacks(copy);
  }
});
