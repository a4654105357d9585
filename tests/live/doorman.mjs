// The program that --browser names in the place of a browser: it starts the real one
// and stands in its door. It carries every message between engine and browser as it
// is, until the operation comes that its plan names; then the browser is in trouble
// of that kind before the operation reaches it, so that it is queued and has not begun.
//   node tests/live/doorman.mjs PLAN.json BROWSER ARGUMENTS...
// A plan: {"starts": ["ok", "dies", "mute"], "meets": [{"at": "saveSOAP", "do": "busy"}],
// "site": URL}. Entry n of starts is what becomes of the n-th start (ok: where the list
// has ended); each entry of meets happens once, in their order. engine_run.mjs makes it.
import { spawn } from 'node:child_process';
import { appendFileSync, createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';

const [planPath, browserPath, ...browserArguments] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planPath, 'utf8'));

// A count that outlives a browser: a file, one byte longer each time.
function countUp(name) {
  appendFileSync(`${planPath}.${name}`, '.');
  return statSync(`${planPath}.${name}`).size;
}

function countOf(name) {
  return statSync(`${planPath}.${name}`, { throwIfNoEntry: false })?.size || 0;
}

const OWN_ID = 900000000;
let ownCommands = 0;
let toBrowser, toEngine;
let deaf = false; // nothing is carried any more
let stubborn = false; // the dialog stays
let heldBack = null; // the operation that waits for the page to be on its way elsewhere

function send(stream, message) {
  stream.write(Buffer.concat([message, Buffer.of(0)]));
}

function say(session, method, params) {
  send(toBrowser, Buffer.from(JSON.stringify({ id: OWN_ID + ++ownCommands, sessionId: session, method, params })));
}

// When the site has been asked for the page that never comes.
async function whenAsked(path) {
  const asked = async () => (await (await fetch(`${plan.site}/__standin/log`)).json()).some((line) => line.path === path);
  while (!(await asked())) await new Promise((resolve) => setTimeout(resolve, 20));
}

// Commands of one session are taken in their order: what comes after one that never
// ends waits behind it.
const troubles = {
  busy: (session) => say(session, 'Runtime.evaluate', { expression: 'for (;;);' }),
  dialog: (session) => {
    stubborn = true;
    say(session, 'Runtime.evaluate', { expression: "alert('Nobody expects this')" });
  },
  navigation: (session, message) => {
    const path = `/hangs/${countOf('met')}`;
    heldBack = message;
    say(session, 'Page.navigate', { url: plan.site + path });
    whenAsked(path).then(() => send(toBrowser, message));
  },
  frozen: () => process.kill(0, 'SIGSTOP'), // the whole group, this included; SIGCONT lets all of it go on
  silent: () => { deaf = true; },
};

function meets(text) {
  const next = (plan.meets || [])[countOf('met')];
  return next && text.includes(`__revisit.call(\\"${next.at}\\"`) ? next : null;
}

function fromEngine(message) {
  const text = message.toString('latin1');
  if (deaf || (stubborn && text.includes('"Page.handleJavaScriptDialog"'))) return;
  const trouble = meets(text);
  if (trouble) {
    countUp('met');
    troubles[trouble.do](/"sessionId":"(\w+)"/.exec(text)[1], message);
  }
  if (!deaf && message !== heldBack) send(toBrowser, message);
}

function fromBrowser(message) {
  if (!deaf && !message.toString('latin1', 0, 20).startsWith(`{"id":${OWN_ID / 1e6}`)) send(toEngine, message);
}

// Calls take for each message that ends in a NUL.
function eachMessage(stream, take) {
  let parts = [];
  stream.on('data', (bytes) => {
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0)) {
      take(Buffer.concat([...parts, bytes.subarray(0, end)]));
      parts = [];
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length) parts.push(bytes);
  });
}

function carry() {
  const browser = spawn(browserPath, browserArguments, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const engine = createReadStream('', { fd: 3 });
  toEngine = createWriteStream('', { fd: 4 });
  toBrowser = browser.stdio[3];
  for (const end of [toBrowser, toEngine, browser.stdio[4], engine]) end.on('error', () => {});
  eachMessage(engine, fromEngine);
  eachMessage(browser.stdio[4], fromBrowser);
  engine.once('close', () => browser.kill('SIGKILL'));
  browser.once('exit', (code) => process.exit(code === null ? 1 : code));
}

const start = (plan.starts || [])[countUp('starts') - 1];
if (start === 'dies') process.exit(3);
if (start === 'mute') setInterval(() => {}, 1000);
else carry();
