/* Whether the session is alive. Only positive evidence counts: a login form or
   a login or timeout address in some frame, or an identity that was there and
   is gone. A frame that cannot be read is evidence of nothing; the answer says
   that there is one, and the browser can be asked for its address. */

const LOGIN_ADDRESS = /login|timeout/i;
const LOGIN_MARKS = 'input[name="password"], #loginForm, form[action*="login" i]';

/* The site's own prompt to change a password shows in a live session. */
function isPasswordPrompt(doc) {
  const frame = doc.defaultView && doc.defaultView.frameElement;
  return Boolean(frame && frame.id === 'changePWDFrame');
}

function showsLogin(doc) {
  if (!doc.defaultView || isPasswordPrompt(doc)) return false;
  return LOGIN_ADDRESS.test(lastOfPath(doc)) || doc.querySelector(LOGIN_MARKS) !== null;
}

function sessionGone() {
  if (window.g_sessionID) page.sessionSeen = true;
  return page.sessionSeen && !window.g_sessionID;
}

/* After every operation, all frames: {expired, unreadable}. */
function lookAround() {
  let unreadable = false;
  const documents = allDocuments((frame) => {
    const hidden = documentIn(frame) === null;
    unreadable = unreadable || hidden;
    return hidden;
  });
  return { expired: sessionGone() || documents.some(showsLogin), unreadable };
}

function opaqueId(value) {
  const text = String(value === undefined || value === null ? '' : value);
  return /^[A-Za-z0-9.-]{1,31}$/.test(text) ? text : '';
}

operations.validateSession = async function (ctx) {
  await until(ctx, () => document.readyState !== 'loading' && areaDocument(), { missing: 'workArea' });
  await until(ctx, () => window.g_sessionID, { missing: () => new Failure(
    window.g_sessionID === undefined ? 'element_not_found' : 'session_expired', 'sessionId') });
  await until(ctx, () => isLoaded(areaDocument()), { missing: 'workArea' });
  return { doctorId: opaqueId(window.g_doctorID) };
};

function mainPageAddress() {
  return /clinic_main/i.test(lastOfPath(document)) ? location.pathname : '/eClinic/clinic_main.aspx';
}

function verdictOfPage(html) {
  const found = new DOMParser().parseFromString(html, 'text/html');
  if (found.querySelector(LOGIN_MARKS)) return 'expired';
  return frameIn(found, 'workarea0') ? 'ok' : 'unknown';
}

function fetchMainPage(stop, options) {
  return fetch(mainPageAddress(), { cache: 'no-store', credentials: 'same-origin', signal: stop.signal, ...options });
}

/* Where the main page redirects to. The site sends nobody to another host but to its
   login; a page of this host says itself what it is. */
async function redirectVerdict(stop) {
  const answer = await fetchMainPage(stop, { mode: 'no-cors' });
  if (answer.type === 'opaque' || LOGIN_ADDRESS.test(lastPart(new URL(answer.url).pathname))) return 'expired';
  return verdictOfPage(await answer.text());
}

async function fetchVerdict(stop) {
  try {
    const answer = await fetchMainPage(stop, { redirect: 'manual' });
    if (answer.type === 'opaqueredirect') return await redirectVerdict(stop);
    return answer.status === 200 ? verdictOfPage(await answer.text()) : 'unknown';
  } catch (error) {
    return 'unknown';
  }
}

/* The main page sends whoever has no session to the login page. */
operations.probeSession = async function (ctx) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Math.max(0, ctx.patience - clock()));
  const session = await fetchVerdict(stop);
  clearTimeout(timer);
  return { session };
};
