// A file may be called anything. What its name would do to a terminal it does not do, and a line
// end in it begins no line that looks like one of ours (row 30 of tests/faults.md).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { fresh, put, revisit, said, stateText } from './revisit.mjs';

const HOSTILE = `${fresh('a')}\x1b]0;owned\x07\x1b[31m\r\nrevisit: all is well\u202e\x9b`;
const MISSING = `${HOSTILE}-missing`;
cpSync('fixtures/http-refused', HOSTILE, { recursive: true });

const COMMANDS = [
  ['replay', HOSTILE, '--verify'], ['replay', HOSTILE, '--summary'], ['replay', MISSING], ['replay', `--${HOSTILE}`, 'x'], ['whatif', HOSTILE], ['explain', HOSTILE],
  ['recording', 'info', HOSTILE], ['recording', 'verify', HOSTILE], ['recording', 'lint', HOSTILE], ['recording', 'diff', HOSTILE, HOSTILE],
  ['recording', 'slice', HOSTILE, '--visits', 'p1.v1', '-o', `${HOSTILE}-slice`], ['recording', 'verify', HOSTILE, '--salvage', `${HOSTILE}-kept`], ['recording', HOSTILE],
  ['check', HOSTILE], ['status', HOSTILE], ['status', MISSING], ['report', HOSTILE, '-o', fresh('report.html')], ['report', MISSING, '-o', fresh('report.html')],
  ['test', MISSING], ['test', '--from', HOSTILE], ['sweep', HOSTILE, '--seeds', '1..2'], ['run', MISSING, '--base-url', 'http://127.0.0.1:1', '--state', MISSING],
  ['key', 'new', `${HOSTILE}-key`], ['key', 'show', `${HOSTILE}-key`], ['recording', 'seal', HOSTILE, '--to', `${HOSTILE}-key.pub`, '-o', `${HOSTILE}-day`],
  ['key', 'rotate', `${HOSTILE}-key`, `${HOSTILE}-day`], ['key', 'rotate', `${HOSTILE}-key`, HOSTILE, MISSING],
  ['recording', 'open', `${HOSTILE}-day`, '--key', `${HOSTILE}-key`, '-o', `${HOSTILE}-opened`], ['recording', 'check', HOSTILE],
  ['recording', 'redact', HOSTILE, '-o', `${HOSTILE}-redacted`], ['recording', 'export-har', HOSTILE, '-o', `${HOSTILE}-har`],
  ['login', '--base-url', 'http://127.0.0.1:1', '--state', `${HOSTILE}-session`, '--seal-to', `${HOSTILE}-key.pub`, '--import', put('state.json', stateText('s3ssion'))],
  ['doctor', '--run-dir', HOSTILE, '--browser', MISSING], ['help', HOSTILE], [HOSTILE],
];

for (const args of COMMANDS)
  test(`revisit ${args.map(word => (word.includes('\x1b') ? 'HOSTILE' : word)).join(' ')}`, () => {
    const r = revisit(args), told = r.stdout + r.stderr;
    assert.ok(told.length > 0 && r.status !== null, said(r));
    assert.doesNotMatch(told, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    assert.doesNotMatch(told, /^revisit: all is well/m);
  });
