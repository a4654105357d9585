// A recording as a test changes it: lines of session.ndjson are edited and every
// checksum that covers them is mended, so that only the change itself can be noticed.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TABLE = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff];
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

const HEAD = '{"crc":"00000000",'.length;

export function mendLine(line) {
  return `{"crc":"${crc32c(Buffer.from(line.slice(HEAD)))}",${line.slice(HEAD)}`;
}

// The lines of a copy of `fixture`, and a way to put others in their place.
export class Copy {
  constructor(fixture) {
    this.dir = join(mkdtempSync(join(tmpdir(), 'revisit-tamper-')), 'recording');
    cpSync(fixture, this.dir, { recursive: true });
    if (!existsSync(join(this.dir, 'session.ndjson'))) this.revisit('recording', 'unpack', this.dir);
    this.lines = readFileSync(join(this.dir, 'session.ndjson'), 'utf8').split('\n').slice(0, -1);
  }

  write(lines) {
    const text = lines.map(line => line + '\n').join('');
    writeFileSync(join(this.dir, 'session.ndjson'), text);
    const manifest = join(this.dir, 'manifest.json');
    const sha256 = createHash('sha256').update(text).digest('hex');
    const last = crc32c(Buffer.from(lines.at(-1).slice(lines.at(-1).indexOf(',"at":'))));
    const body = readFileSync(manifest, 'utf8').slice(HEAD)
      .replace(/"entries":\d+/, `"entries":${lines.length}`)
      .replace(/"last":"[0-9a-f]{8}"/, `"last":"${last}"`)
      .replace(/("session.ndjson":)\{[^}]*\}/, `$1{"size":${Buffer.byteLength(text)},"lines":${lines.length},` +
        `"crc32c":"${crc32c(Buffer.from(text))}","sha256":"${sha256}"}`);
    writeFileSync(manifest, `{"crc":"${crc32c(Buffer.from(body))}",${body}`);
  }

  revisit(...args) {
    return spawnSync(join(process.env.BUILD ?? 'build', 'revisit'), args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  }

  replay(...options) {
    return this.revisit('replay', this.dir, ...options);
  }

  remove() {
    rmSync(join(this.dir, '..'), { recursive: true, force: true });
  }
}
