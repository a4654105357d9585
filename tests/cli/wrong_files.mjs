// Files of other kinds, each as a person has them lying about, with the words that
// an error must call them by. Made here from a few bytes.
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { put } from './revisit.mjs';

// One stored member after the other: what a ZIP is when nothing is compressed.
function zip(members) {
  const local = [], central = [];
  let offset = 0;
  for (const [name, text] of Object.entries(members)) {
    const head = Buffer.alloc(30), entry = Buffer.alloc(46), body = Buffer.from(text);
    head.writeUInt32LE(0x04034b50, 0); head.writeUInt16LE(20, 4);
    head.writeUInt32LE(body.length, 18); head.writeUInt32LE(body.length, 22); head.writeUInt16LE(name.length, 26);
    entry.writeUInt32LE(0x02014b50, 0); entry.writeUInt16LE(20, 6);
    entry.writeUInt32LE(body.length, 20); entry.writeUInt32LE(body.length, 24); entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    local.push(head, Buffer.from(name), body);
    central.push(entry, Buffer.from(name));
    offset += head.length + name.length + body.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  return Buffer.concat([...local, ...central, end]);
}

const TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>';
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==';

// A Zstandard frame of blocks that each repeat one byte: 64 KiB that unpack to 2 GiB.
export function zstdBomb() {
  const blocks = 1 << 14, size = 1 << 17, bytes = Buffer.alloc(6 + 4 * blocks);
  bytes.writeUInt32LE(0xfd2fb528, 0);
  bytes[4] = 0x00;
  bytes[5] = 0x70;
  for (let i = 0; i < blocks; i++) {
    bytes.writeUIntLE((size << 3) | 2 | (i === blocks - 1 ? 1 : 0), 6 + 4 * i, 3);
    bytes[9 + 4 * i] = 0x5b;
  }
  return bytes;
}

export const wrongFiles = [
  ['day.pdf', 'a PDF document', '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n'],
  ['day.xlsx', 'a spreadsheet (Excel)', zip({ '[Content_Types].xml': TYPES, '_rels/.rels': TYPES, 'xl/workbook.xml': '<workbook/>' })],
  ['day.zip', 'a ZIP archive', zip({ 'note.txt': 'TEST, ALPHA' })],
  ['day.har', 'a HAR (HTTP archive)', JSON.stringify({ log: { version: '1.2', creator: { name: 'WebInspector', version: '537' }, pages: [], entries: [] } })],
  ['day.sealed', 'a sealed recording', Buffer.concat([Buffer.from('RVTSEAL1'), Buffer.alloc(512, 0xa5)])],
  ['scan.png', 'an image', Buffer.from(PIXEL, 'base64')],
  ['scan.jpg', 'an image', Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.alloc(64, 1)])],
  ['batch.json.gz', 'a gzip archive', gzipSync('{"patients":[]}')],
  ['batch.json.zst', 'a zstd archive', zstdBomb()],
  ['saved.html', 'an HTML page', '<!DOCTYPE html><html><head><title>TEST, ALPHA</title></head><body>%PDF-1.4</body></html>'],
  ['program', 'an ELF program', readFileSync(process.execPath).subarray(0, 1 << 20)],
].map(([name, words, content]) => ({ name, words, content: typeof content === 'string' && name.endsWith('.pdf') ? Buffer.from(content, 'latin1') : content,
  get path() { return this.made ??= put(name, this.content); } }));
