// The processes of a running engine, and what is done to them: its browser is its
// only child, whose renderers say so in their arguments.
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';

function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch (error) {
    return [];
  }
}

function descendantsOf(pid) {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function isRenderer(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer');
  } catch (error) {
    return false;
  }
}

export function signal(live, what, name) {
  const victims = what === 'browser' ? childrenOf(live.pid) : descendantsOf(live.pid).filter(isRenderer);
  for (const victim of victims) process.kill(victim, name);
  return victims.length;
}

// The browser's process group, which has its leader's number.
export function groupOf(live) {
  return childrenOf(live.pid)[0];
}

// When the request that a fault waits for has come to the EHR: its answer is on its way.
export async function whenHit(live) {
  let over = false;
  live.ended.then(() => { over = true; });
  while (!over && !(await live.standin.control('faults')).some((rule) => rule.hits)) await new Promise((resolve) => setTimeout(resolve, 20));
}

// An onEvent that acts once, after this step of gamma.1 (the run's first visit) is done.
export function afterStep(step, action) {
  const acted = new WeakSet();
  return (event, live) => {
    if (acted.has(live) || event.type !== 'step' || event.step !== step || event.errorKind || event.patient !== 'p1') return;
    acted.add(live);
    action(live);
  };
}

// The same, as soon as the step's intent stands in the journal: its request is about to leave.
export function atIntent(step, action) {
  const seen = new WeakSet();
  return (event, live) => {
    if (event.type !== 'visit_start' || seen.has(live)) return;
    seen.add(live);
    const place = join(live.dir, 'run', 'journal.ndjson');
    const watcher = watch(place, () => {
      if (!readFileSync(place, 'utf8').split('\n').some((line) => line.includes('intent') && line.includes(step))) return;
      watcher.close();
      action(live);
    });
    live.ended.then(() => watcher.close());
  };
}
