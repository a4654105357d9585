// A copy of a recorded run, to be damaged in one place. write() leaves every checksum
// as it was, so that the damage shows; mend() puts them right, so that only what the
// text says is wrong.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, mendLine } from '../replay/recording.mjs';
import { fresh } from './revisit.mjs';

export { mendLine };
export const SMALL = 'fixtures/http-refused'; // four entries, and no browser
export const WHOLE = 'fixtures/clinic-3';

// The checksum of an entry wherever it stands: of what follows its number.
const numberless = line => crc32c(Buffer.from(line.slice(line.indexOf(',"at":'))));

export class Damaged {
  constructor(fixture = SMALL) {
    this.fixture = fixture;
    this.dir = fresh('recording');
    cpSync(realpathSync(fixture), this.dir, { recursive: true, dereference: true }); // never a link to the fixture itself
  }

  at(name) {
    return join(this.dir, name);
  }

  read(name) {
    return readFileSync(join(this.fixture, name));
  }

  write(name, content) {
    writeFileSync(this.at(name), content);
    return this;
  }

  drop(name) {
    unlinkSync(this.at(name));
    return this;
  }

  // The file and its line in the manifest.
  mend(name, content) {
    const bytes = Buffer.from(content);
    this.write(name, bytes);
    const lines = bytes.filter(byte => byte === 10).length;
    const listed = `{"size":${bytes.length},"lines":${lines},"crc32c":"${crc32c(bytes)}","sha256":"${createHash('sha256').update(bytes).digest('hex')}"}`;
    return this.manifest(text => text.replace(new RegExp(`("${name}":)\\{[^}]*\\}`), (_, key) => key + listed));
  }

  manifest(edit) {
    const head = '{"crc":"00000000",'.length;
    const body = edit(readFileSync(this.at('manifest.json'), 'utf8')).slice(head);
    return this.write('manifest.json', `{"crc":"${crc32c(Buffer.from(body))}",${body}`);
  }

  // One line of the session, its checksum and the file's put right.
  entry(index, edit) {
    const lines = this.read('session.ndjson').toString().split('\n').slice(0, -1);
    lines[index] = mendLine(edit(lines[index]));
    return this.mend('session.ndjson', lines.map(line => `${line}\n`).join(''));
  }

  // The session in other lines, as if the recorder had written these alone.
  session(lines) {
    this.mend('session.ndjson', lines.map(line => `${line}\n`).join(''));
    return this.manifest(text => text.replace(/"entries":\d+/, `"entries":${lines.length}`)
      .replace(/"last":"[0-9a-f]{8}"/, `"last":"${numberless(lines.at(-1))}"`));
  }
}

// Every file below a directory, with what would change if it were written to.
export function listing(dir, below = '') {
  return readdirSync(join(dir, below), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(file => {
    const path = join(below, file.name), { size, mtimeMs, ctimeMs, ino, mode } = statSync(join(dir, path));
    return [`${path} ${size} ${mtimeMs} ${ctimeMs} ${ino} ${mode}`, ...(file.isDirectory() ? listing(dir, path) : [])];
  });
}

export function emptyDirectory() {
  const dir = fresh('empty');
  mkdirSync(dir);
  return dir;
}

// Lines from which some were taken out, with numbers as if they had never been there.
export function renumbered(lines) {
  return lines.map((line, index) => {
    const n = `"n":${index + 1},`;
    return line.includes(n) ? line : mendLine(line.replace(/"n":\d+,/, n));
  });
}
