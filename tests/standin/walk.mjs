// A hand on the stand-in: starts it, opens a browser on it, and walks a visit
// the way a person would, waiting on conditions only. Knows nothing of the
// engine. Used by the contract test, and handy at a desk.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const WAIT = { timeout: 15000, polling: 20 };

export async function startStandin(binary, args = []) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line)));
    child.once('exit', (code) => reject(new Error(`standin ended with ${code} before it was ready`)));
  });
  const control = async (path, body) => {
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${ready.base}/__standin/${path}`, post);
    return answer.json();
  };
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.kill('SIGTERM');
    });
  return { ...ready, control, stop };
}

const shells = ['/usr/lib/chromium/chromium-headless-shell', '/usr/lib/chromium/chromium', '/usr/bin/chromium'];
export const browserPath = shells.find(existsSync);

export async function openBrowser() {
  const args = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  if (process.getuid() === 0) args.push('--no-sandbox');
  return chromium.launch({ executablePath: browserPath, args, headless: true });
}

// A page in a context of its own, logged in by the state, at the main shell.
export async function openShell(browser, standin, onDialog = (dialog) => dialog.accept()) {
  const context = await browser.newContext({ storageState: await standin.control('state') });
  const page = await context.newPage();
  page.dialogs = [];
  page.on('dialog', (dialog) => {
    page.dialogs.push({ type: dialog.type(), text: dialog.message() });
    onDialog(dialog).catch(() => {});
  });
  await page.goto(`${standin.base}/`);
  return page;
}

// Calls fn(window of the frame at path, arg) in the page; path = ids from the top.
export function inside(page, path, fn, arg) {
  return page.evaluate(run, [path, fn.toString(), arg]);
}

// The same, again and again until it answers something true; its answer.
export async function until(page, path, fn, arg) {
  const handle = await page.waitForFunction(run, [path, fn.toString(), arg], WAIT);
  return handle.jsonValue();
}

function run([path, source, arg]) {
  let win = window;
  for (const id of path) {
    const frame = win.document.getElementById(id);
    if (!frame || !frame.contentWindow || !frame.contentDocument) return undefined;
    win = frame.contentWindow;
  }
  return (0, eval)(`(${source})`)(win, arg);
}

export const LIST = ['waittinglistframe', 'waittinglistFrame'];
export const VISIT = ['workarea0'];
export const section = (name) => ['workarea0', name];

export async function findPatient(page, name, dob) {
  await until(page, ['waittinglistframe'], (w) => w.document.querySelector('input[name="listAllPatient"]'));
  await page.locator('td[title="Waiting Room"]').click();
  await until(page, [], (w) => w.document.getElementById('WL').style.visibility !== 'hidden');
  await inside(page, ['waittinglistframe'], (w) => {
    const radios = [...w.document.querySelectorAll('input[type=radio][name="listAllPatient"]')];
    radios.find((radio) => radio.parentNode.textContent.includes('One Patient')).click();
  });
  await until(page, ['frm_searchframe'], (w) => w.document.readyState === 'complete' && w.document.getElementById('searchStr'));
  await inside(page, ['frm_searchframe'], (w, text) => {
    w.document.getElementById('searchStr').value = text;
    w.document.getElementById('btnSearch').click();
  }, dob);
  await mark(page, LIST);
  await until(page, ['frm_searchframe'], (w, wanted) => {
    const rows = [...w.document.querySelectorAll('#selectorDiv tr[onclick], #selectorDiv tr[ondblclick]')];
    const row = rows.find((each) => each.cells[0].textContent === wanted);
    if (row) row.querySelector('a').click();
    return Boolean(row);
  }, name);
  await until(page, LIST, (w, wanted) => {
    const rows = w.document.querySelectorAll('tr[id^="trt"]:not(#trt0)');
    const asked = /patientID=\d/.test(w.location.search);
    return asked && !w.document.seen && w.document.readyState === 'complete' && [...rows].some((row) => row.textContent.includes(wanted));
  }, name);
}

export const readRows = (page) =>
  inside(page, LIST, (w) =>
    [...w.document.querySelectorAll('tr[id^="trt"]:not(#trt0)')].map((row) => ({ id: row.id.slice(3), text: row.textContent.replace(/\s+/g, ' ') })));

export async function openRow(page, rowId) {
  await inside(page, LIST, (w, id) => w.document.getElementById(`trt${id}`).querySelector('a[href*="moveInMe"]').click(), rowId);
  await until(page, section('OfficeVisit'), (w) =>
    w.parent.location.href.includes('ov_doctor_spec') && w.parent.document.readyState === 'complete' && w.document.getElementById('a_EMR_icdcpt'));
}

export async function goTo(page, link, frame, ready) {
  await until(page, section('OfficeVisit'), (w, id) => {
    const found = w.document.getElementById(id);
    if (found) found.click();
    return Boolean(found);
  }, link);
  await until(page, section(frame), ready);
}

export const goToCodes = (page) =>
  goTo(page, 'a_EMR_icdcpt', 'diagnose', (w) => w.location.href.includes('ov_icdcpt') && w.document.readyState === 'complete' && w.letsGo);

export const goToNote = (page) =>
  goTo(page, 'a_EMR_ptnote', 'ptnote', (w) =>
    w.location.href.includes('ov_ptnote') && w.tinyMCE && w.tinyMCE.getInstanceById &&
    [0, 1, 2, 3, 4].every((n) => {
      const editor = w.tinyMCE.getInstanceById(`SOAPtext${n}`);
      return editor && editor.initialized;
    }));

export const goToCheckout = (page) =>
  goTo(page, 'a_EMR_checkout', 'checkout', (w) => w.location.href.includes('checkout') && w.document.readyState === 'complete' && w.checkOutOV);

// The frame's document is marked, so that a new one can be told from the old.
export const mark = (page, path) => inside(page, path, (w) => void (w.document.seen = true));
export const renewed = (page, path) =>
  until(page, path, (w) => !w.document.seen && w.location.href !== 'about:blank' && w.document.readyState === 'complete');

export async function saveCodes(page, icd, cpt) {
  await inside(page, section('diagnose'), (w, list) => list.forEach(([code, name]) => w.addSelectionD(name, code)), icd);
  await inside(page, section('diagnose'), (w, list) => list.forEach(([code, name]) => w.addSelectionD_cpt(name, name, code)), cpt);
  await inside(page, section('diagnose'), (w, units) => {
    const all = (name) => [...w.document.getElementsByName(name)];
    const links = w.gatherResultICD().split('\n').map((code, i) => i + 1).join(',');
    all('Units').slice(-units.length).forEach((field, i) => { field.value = units[i]; });
    all('LinkICD').slice(-units.length).forEach((field) => { field.value = links; });
    all('link_select_modified').forEach((field) => { field.value = '1'; });
    w.document.seen = true;
    w.letsGo(2);
  }, cpt.map((row) => row[2]));
  await renewed(page, section('diagnose'));
}

export async function saveNote(page, sections) {
  await inside(page, section('ptnote'), (w, texts) => {
    texts.forEach((html, i) => {
      const editor = w.tinyMCE.getInstanceById(`SOAPtext${i}`);
      editor.focus();
      editor.setContent(html);
      editor.isNotDirty = false;
      editor.nodeChanged();
      w.document.getElementById(`SOAPtext${i}`).value = html;
    });
    w.tinyMCE.triggerSave();
    w.modified = 1;
  }, sections);
  await mark(page, section('ptnote'));
  await inside(page, VISIT, (w) => w.document.getElementById('SavePage').click());
  await until(page, VISIT, (w) => w.ptnoteF === 1 || !w.document.getElementById('ptnote').contentDocument.seen);
}

export async function bill(page) {
  await mark(page, section('checkout'));
  await inside(page, section('checkout'), (w) => {
    const button = w.document.querySelector('#btn_checkout, #btn_generatebill, [onclick*="letsGo(2)"]');
    if (button) button.click();
    else w.checkOutOV(2);
  });
}

export const billed = (page) =>
  until(page, section('checkout'), (w) => {
    const span = w.document.getElementById('spanPassToBill');
    return span && span.textContent.includes('(Billing is created)');
  });

export async function closeVisit(page) {
  await inside(page, VISIT, (w) => void w.setTimeout(() => w.closeMe(1), 0));
  await until(page, VISIT, (w) => w.location.href.includes('emptyarea'));
}
