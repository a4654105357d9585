// The pictures of a report that the front page and engine/report/README.md show: recorded
// days in a real Chromium, light and dark. `make screenshots` runs it; the PNGs are
// committed, and small.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../../tests/standin/walk.mjs';

const FOLDER = 'engine/report/pictures', BYTES_MAX = 200000;
// Of each recording the visit that is opened, and how many rows stand above it.
const PICTURES = [{ name: 'report', recording: 'fixtures/clinic-100', visit: 'p24.v1', above: 12, height: 1060 },
  { name: 'hang', recording: 'fixtures/hang-save', visit: 'p1.v1', above: 1, height: 1160 }];

const scratch = mkdtempSync(join(tmpdir(), 'revisit-picture-')), program = join(process.env.BUILD ?? 'build', 'revisit');
process.on('exit', () => rmSync(scratch, { recursive: true }));
mkdirSync(FOLDER, { recursive: true });
const browser = await openBrowser();
for (const { name, recording, visit, above, height } of PICTURES) {
  const file = join(scratch, `${name}.html`);
  const made = spawnSync(program, ['report', recording, '-o', file], { stdio: 'inherit' });
  if (made.status !== 0) process.exit(made.status ?? 70);
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width: 1240, height }, colorScheme }), path = `${FOLDER}/${name}-${colorScheme}.png`;
    await page.goto(`file://${file}`);
    await page.evaluate(`openVisit('${visit}'); pane.rows.scrollTop = (view.rows.indexOf(view.chosen) - ${above}) * rowHeight; scrollTo({ top: 0, behavior: 'instant' })`);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.screenshot({ path });
    await page.close();
    if (statSync(path).size > BYTES_MAX) throw new Error(`${path} has ${statSync(path).size} bytes: at most ${BYTES_MAX}, the front page is loaded often`);
  }
}
await browser.close();
