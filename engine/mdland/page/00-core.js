/* The page operations, one script: the files of this folder joined in the order
   of their names. This one opens the closure that the last one closes.

   An operation is an async function of a context and its arguments. It looks,
   waits on conditions (until), and acts (act). Only act() may click, fill or
   call what the site would do for a person; it refuses past the budget and for
   an operation that a later one has replaced, so a call that was given up can
   watch and answer late but never change anything. Failures are typed: a kind
   of engine/policy/kind.def and a place of engine/mdland/place.def. No text of
   the page leaves this script. */
(function () {
'use strict';
if (window !== window.top || Object.prototype.hasOwnProperty.call(window, '__revisit')) return;

/* A fallback for changes that no observer reports: a plain property of a window. */
const LOOK_EVERY_MS = 100;
/* How long an operation past its budget goes on watching, in budgets. */
const WATCH_BUDGETS = 4;

const operations = Object.create(null);

/* What this script remembers of the page across operations. */
const page = {
  nonce: randomToken(),
  current: null,          /* the context of the operation that may act */
  sessionSeen: false,     /* g_sessionID was there once */
  search: null,           /* {dob, doc}: whose results stand in the search frame */
  list: null,             /* {words, dob, rows}: whose list selectPatient left, and its row ids */
  subjects: new Map(),    /* visit id -> which kind of note its row asked for */
  fills: new Map(),       /* visit id -> what fillSOAP put into the editors */
  codes: new Map(),       /* visit id -> the document that codes were added to */
  bills: new Set(),       /* visit ids whose bill this page has seen come */
  addresses: new Map(),   /* section and visit id -> where the section was loaded from */
  stale: new WeakSet(),   /* documents that may differ from what the server holds */
};

class Failure {
  constructor(kind, what) {
    this.kind = kind;
    this.what = what || '';
  }
}

function fail(kind, what) {
  throw new Failure(kind, what);
}

function randomToken() {
  const bytes = new Uint8Array(8);
  crypto.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function clock() {
  return performance.now();
}

/* startBy is where the caller's own deadline stands on this clock, so acting
   ends there even when the operation was begun late. An element that never came
   is told a little before the end: an answer after it would not be heard. */
function newContext(meta) {
  const start = clock();
  const budget = meta.budget > 0 ? meta.budget : 0;
  const end = meta.startBy > 0 ? Math.min(start + budget, meta.startBy) : start + budget;
  return {
    end,
    patience: end - Math.min(500, (end - start) / 10),
    watchUntil: end + budget * WATCH_BUDGETS,
    expired: () => clock() >= end,
  };
}

/* The only way to act. fn checks identity and acts in one task of the page. */
function act(ctx, fn) {
  if (ctx.expired() || page.current !== ctx) fail('timeout');
  return fn();
}

/* Calls check whenever one of the documents may have changed, until stop().
   A document that replaces another is found by its frame's load event, which
   is heard in the parent document, or at the next look. */
function watch(check) {
  const known = new Set();
  const observer = new MutationObserver(check);
  const events = ['load', 'DOMContentLoaded', 'readystatechange'];
  const timer = setInterval(check, LOOK_EVERY_MS);
  return {
    extend(documents) {
      for (const doc of documents) {
        if (known.has(doc)) continue;
        known.add(doc);
        observer.observe(doc, { subtree: true, childList: true, attributes: true, characterData: true });
        for (const event of events) doc.addEventListener(event, check, true);
      }
    },
    stop() {
      observer.disconnect();
      clearInterval(timer);
      for (const doc of known)
        for (const event of events) doc.removeEventListener(event, check, true);
    },
  };
}

/* The waits that are under way. What is heard otherwise than by an observer (the
   end of a request) makes them look again, once it is over. */
const looking = new Set();

function lookSoon() {
  setTimeout(() => looking.forEach((check) => check()), 0);
}

/* The value of predicate as soon as it is truthy. A predicate that throws a
   Failure ends the wait; any other exception means a document in transition.
   With options.missing (a place, or a function that gives a place or a Failure)
   the wait ends shortly before the budget does; without, or when that function
   has nothing to say, it goes on past the budget: what was begun is watched. */
function until(ctx, predicate, options = {}) {
  return new Promise((resolve, reject) => {
    let done = false, nextLook = 0, watcher = null;
    const finish = (settle, value) => {
      done = true;
      looking.delete(check);
      if (watcher) watcher.stop();
      settle(value);
    };
    const check = () => {
      if (done) return;
      let value = null;
      try {
        if (clock() >= nextLook) {
          nextLook = clock() + LOOK_EVERY_MS;
          if (documentsInUse().some(showsLogin)) fail('session_expired');
        }
        value = predicate();
      } catch (error) {
        if (error instanceof Failure) {
          finish(reject, error);
          return;
        }
      }
      const missing = !value && clock() >= ctx.patience ? missingFailure(options.missing) : null;
      if (value) finish(resolve, value);
      else if (missing) finish(reject, missing);
      else if (clock() >= ctx.watchUntil) finish(reject, new Failure('timeout', options.what));
      else if (watcher) watcher.extend(documentsInUse());
    };
    check();
    if (done) return;
    looking.add(check);
    watcher = watch(check);
    watcher.extend(documentsInUse());
  });
}

function missingFailure(missing) {
  const place = typeof missing === 'function' ? missing() : missing;
  return place && !(place instanceof Failure) ? new Failure('element_not_found', place) : place;
}
