// TAP on stdout. A group that throws is a failure, and the next group runs. GROUP=words
// runs only those whose title holds the words.
let count = 0;
let failed = 0;

export function ok(condition, claim, detail = '') {
  count++;
  if (!condition) failed++;
  console.log(`${condition ? 'ok' : 'not ok'} ${count} - ${claim}`);
  if (!condition && detail !== '') console.log(`  # ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`);
}

export function same(got, wanted, claim) {
  const equal = JSON.stringify(got) === JSON.stringify(wanted);
  ok(equal, claim, equal ? '' : `wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}

export async function group(title, run) {
  if (!title.includes(process.env.GROUP || '')) return;
  console.log(`# ${title}`);
  try {
    await run();
  } catch (error) {
    ok(false, `${title}: ran to its end`, String(error.stack || error).split('\n').slice(0, 4).join(' | '));
  }
}

export function finish() {
  console.log(`1..${count}`);
  console.log(`# ${count - failed} passed, ${failed} failed`);
  process.exitCode = failed || !count ? 1 : 0;
}
