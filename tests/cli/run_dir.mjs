// Run directories made for a test, their journals in the form of engine/world/journal_line.h.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fresh } from './revisit.mjs';

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

export function crc32c(text) {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

export function journalText(records) {
  return records.map((record, index) => {
    const rest = JSON.stringify(record).slice(1);
    return `{"seq":${index + 1},"crc":"${crc32c(`${index + 1}${rest}`)}",${rest}\n`;
  }).join('');
}

// 2026-11-25T13:43:01.123Z
export const WALL_US = 1795614181123000;

export const runStart = (total, batchId = 'clinic') => ({ type: 'run_start', format: 2, batchId, batch: '0'.repeat(16), plan: '1'.repeat(16),
  total, wall: WALL_US, settings: {} });
export const pinned = (patient, dos) => ({ type: 'pinned', patient, dos, row: `trt${patient}`, visit: '7' });
export const intent = (patient, dos, step, attempt = 1) => ({ type: 'intent', patient, dos, attempt, step });
export const ended = (patient, dos, outcome, more = {}) => ({ type: 'attempt_end', patient, dos, attempt: 1, ...more, outcome, duration: 900 });
export const runEnd = (outcome, exit) => ({ type: 'run_end', at: 2500, outcome, exit });

// A directory as a run leaves it; journal: records or text.
export function runDir(journal, events = '') {
  const dir = fresh('run');
  mkdirSync(dir, { mode: 0o755 });
  writeFileSync(join(dir, 'lock'), '4194304\n');
  writeFileSync(join(dir, 'journal.ndjson'), typeof journal === 'string' ? journal : journalText(journal));
  writeFileSync(join(dir, 'events.ndjson'), events);
  return dir;
}
