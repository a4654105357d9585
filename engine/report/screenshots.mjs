// The picture of a report that the front page shows: fixtures/clinic-100 in a real Chromium.
// `make screenshots` runs it; the PNG is committed and small.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../../tests/standin/walk.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'revisit-picture-')), file = join(scratch, 'report.html');
const made = spawnSync(join(process.env.BUILD ?? 'build', 'revisit'), ['report', 'fixtures/clinic-100', '-o', file], { stdio: 'inherit' });
if (made.status !== 0) process.exit(made.status ?? 70);
const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1240, height: 1060 }, colorScheme: 'light' });
await page.goto(`file://${file}`);
await page.evaluate("openVisit('p24.v1'); pane.rows.scrollTop = (view.rows.indexOf(view.chosen) - 12) * rowHeight; scrollTo({ top: 0, behavior: 'instant' })");
await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
await page.screenshot({ path: 'engine/report/report.png' });
await browser.close();
rmSync(scratch, { recursive: true });
