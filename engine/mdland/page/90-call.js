/* The door: checks who calls and when before anything else, runs the
   operation, and wraps what came of it (engine/mdland/README.md). */

function wrap(answer) {
  let around = { expired: false, unreadable: true };
  try {
    around = lookAround();
  } catch (error) {
    /* A tree in transition: said as unreadable. */
  }
  if (around.expired && !answer.ok && answer.kind !== 'too_late') Object.assign(answer, { kind: 'session_expired', what: '' });
  const envelope = {
    ok: answer.ok,
    clock: Math.floor(clock()),
    nonce: page.nonce,
    session: around.expired || answer.kind === 'session_expired' ? 'expired' : 'ok',
  };
  if (around.unreadable) envelope.unreadable = true;
  if (answer.ok) envelope.value = answer.value || {};
  else envelope.kind = answer.kind;
  if (!answer.ok && answer.what) envelope.what = answer.what;
  return JSON.stringify(envelope);
}

function failureOf(error) {
  if (error instanceof Failure) return { ok: false, kind: error.kind, what: error.what };
  return { ok: false, kind: 'unknown', what: 'script' };
}

/* What a given-up operation was about may be in any state: read it anew. */
function distrustSections() {
  for (const section of Object.values(SECTIONS)) {
    const frame = frameIn(documentIn(frameIn(document, 'workarea0')), section.frame);
    const doc = frame && documentIn(frame);
    if (doc) page.stale.add(doc);
  }
}

async function call(name, args, meta) {
  meta = meta || {};
  const late = (meta.nonce && meta.nonce !== page.nonce) || (meta.startBy > 0 && clock() > meta.startBy);
  if (late) return wrap({ ok: false, kind: 'too_late' });
  if (!operations[name]) return wrap({ ok: false, kind: 'unknown', what: 'operation' });
  const ctx = newContext(meta);
  page.current = ctx;
  try {
    return wrap({ ok: true, value: await operations[name](ctx, args || {}) });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'timeout') distrustSections();
    return wrap(failure);
  }
}

Object.defineProperty(window, '__revisit', { value: Object.freeze({ call }) });
}());
