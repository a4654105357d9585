// A proxy between the browser and the stand-in EHR that plants canaries at every place where a
// site can say something, and takes its own marks off again before the stand-in is asked. Each
// entry point goes round all canaries in its own turn, some at a time, and counts.
import { createServer, request } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { PLANTS } from './identifiers.mjs';

const A_TIME = 30; // canaries an entry point says at once
const FEW = 12; // where there is little room: an address, a header
const PAGES = /\/(clinic_main|waittinglistshow|searchpatient|ov_doctor_spec|ov_icdcpt|ov_ptnote2018|checkout2006_spec)\.aspx$/i;
const UTF16 = text => Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(text, 'utf16le')]);

const inAttribute = text => text.replaceAll('"', '&quot;');
const inScript = text => text.replaceAll('"', "'").replaceAll('\n', ' ');
const inUrl = text => encodeURIComponent(text).replace(/%25([0-9A-Fa-f]{2})/g, '%$1'); // what was percent-coded stays so
const inHeader = text => text.replace(/[^\x20-\x7e]/g, ' ');
const inCookie = text => text.replace(/[;,\s"\\]/g, sign => encodeURIComponent(sign));

export class Planter {
  constructor(site) {
    this.site = new URL(site);
    this.turns = new Map(); // entry point -> canaries said so far
    this.viewStates = new Map(); // as planted -> as the stand-in made it
    this.saves = 0;
    this.dialogs = 0;
  }

  // Text with the next canaries of this entry point.
  say(entry, count = A_TIME) {
    const turn = this.turns.get(entry) ?? 0, first = turn + 7 * [...entry].reduce((sum, sign) => sum + sign.charCodeAt(0), 0);
    this.turns.set(entry, turn + count);
    return Array.from({ length: count }, (none, i) => PLANTS[(first + i) % PLANTS.length].text).join(' ; ');
  }

  // {entry: how many different canaries it has said}
  coverage() {
    return Object.fromEntries([...this.turns].map(([entry, count]) => [entry, Math.min(count, PLANTS.length)]));
  }

  async start() {
    this.server = createServer((asked, answer) => this.handle(asked, answer));
    await new Promise(done => this.server.listen(0, '127.0.0.1', done));
    this.base = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise(done => this.server.close(done));
  }

  async handle(asked, answer) {
    const parts = [];
    for await (const part of asked) parts.push(part);
    const path = asked.url.split('?')[0];
    if (path.startsWith('/canary/')) this.own(path, answer);
    else if (asked.method === 'POST' && /ov_ptnote/.test(path) && this.saves++ === 0) this.refuse(answer);
    else this.forward(asked, Buffer.concat(parts), answer);
  }

  // A server error, in the words that ASP.NET has for it, in answer to the first save of a note.
  refuse(answer) {
    answer.writeHead(500, inHeader(this.say('reason phrase', FEW)), { 'content-type': 'text/html' });
    answer.end(`<html><head><title>Server Error</title></head><body><h1>Server Error in '/eClinic' Application.</h1><pre>${this.say('server error page')}</pre></body></html>`);
  }

  forward(asked, body, answer) {
    let form = body.toString('latin1');
    for (const [planted, made] of this.viewStates) form = form.replace(encodeURIComponent(planted), () => encodeURIComponent(made));
    const headers = { ...asked.headers, host: this.site.host, 'accept-encoding': 'identity' };
    if (body.length) headers['content-length'] = Buffer.byteLength(form, 'latin1');
    const on = request({ host: this.site.hostname, port: this.site.port, method: asked.method, path: asked.url, headers, agent: false }, said => {
      const parts = [];
      said.on('data', part => parts.push(part));
      said.on('end', () => this.answer(asked.url.split('?')[0], said, Buffer.concat(parts), answer));
    });
    on.on('error', () => answer.destroy());
    on.end(Buffer.from(form, 'latin1'));
  }

  answer(path, said, body, answer) {
    const headers = { ...said.headers }, type = headers['content-type'] ?? '';
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    let status = said.statusMessage;
    if (PAGES.test(path) || type.includes('json')) {
      if (type.includes('html')) body = Buffer.from(this.page(path, body.toString()));
      else if (type.includes('json')) body = Buffer.from(this.json(body.toString()));
      headers['x-patient'] = inHeader(this.say('response header', FEW));
      headers['content-disposition'] = `inline; filename="${inHeader(inAttribute(this.say('file name', 8)))}"`;
      headers['set-cookie'] = [headers['set-cookie'] ?? [], `canary=${inCookie(this.say('set-cookie', FEW))}; path=/`].flat();
      status = inHeader(this.say('reason phrase', 8));
    }
    answer.writeHead(said.statusCode, status, { ...headers, 'content-length': body.length });
    answer.end(body);
  }

  json(text) {
    return text.replace(/^\s*\{/, all => `${all}"Patient":${JSON.stringify(this.say('JSON answer'))},`);
  }

  // Once each, while the page is only looked at: whatever is answered, the visit goes on.
  dialog(path) {
    const kind = ['alert', 'confirm', 'prompt'][/waittinglistshow/.test(path) ? this.dialogs++ : 3];
    return kind ? `${kind}("${inScript(this.say('dialog', 114))}");` : '';
  }

  script(path) {
    const text = entry => inScript(this.say(entry));
    return `${this.dialog(path)}
var canary = "${text('inline script')}";
console.log("${text('console message')}"); console.error(new Error("${text('console message')}"));
setTimeout(function () { throw new Error("${text('uncaught exception')}"); }, 0);
Promise.reject(new Error("${text('unhandled rejection')}"));
try { localStorage.setItem("canary", "${text('local storage')}"); sessionStorage.setItem("canary", "${text('session storage')}"); } catch (e) {}
try { indexedDB.open("canary").onupgradeneeded = function (e) { e.target.result.createObjectStore("s").put("${text('database')}", 1); }; } catch (e) {}
document.cookie = "canary2=${inCookie(this.say("a script's cookie", FEW))}; path=/";
fetch("/canary/asked?q=${inUrl(this.say("a script's query", FEW))}", { method: "POST", headers: { "x-canary": "${inScript(inHeader(this.say('request header', FEW)))}" },
  body: "${text('request body')}" }).catch(function () {});
["packed", "brotli", "deflated", "wide", "record.pdf", "redirect", "error", "face-quill-5518230.jpg"].forEach(function (name) { fetch("/canary/" + name).catch(function () {}); });`;
  }

  page(path, html) {
    const say = entry => this.say(entry), frame = `/canary/${inUrl(this.say('path of an address', 4))}/page?q=${inUrl(this.say('query', FEW))}#${inUrl(this.say('fragment', FEW))}`;
    const head = `<meta name="patient" content="${inAttribute(say('meta'))}"><title>${say('title')}</title>`;
    const foot = `<div hidden data-patient="${inAttribute(say('attribute'))}" title="${inAttribute(say('attribute'))}">${say('text')}</div>
<!-- ${say('comment')} --><style>.canary::after { content: "${inScript(say('style sheet'))}" }</style>
<svg hidden><text>${say('SVG')}</text></svg><img hidden alt="" src="data:image/svg+xml,${inUrl(this.say('data URL'))}">
<a hidden href="${inAttribute(frame)}" download="${inAttribute(this.say('name of a download', 8))}">x</a>
<iframe style="display:none" src="${inAttribute(frame)}"></iframe>
<script>${this.script(path)}</script>`;
    return this.viewState(html)
      .replace(/<title>.*?<\/title>|(?=<\/head>)/s, () => head)
      .replace(/<form\b[^>]*>/, form => `${form}<input type="hidden" name="patientInfo" value="${inAttribute(this.say('hidden field'))}"><textarea style="display:none" name="patientText">${this.say('text area')}</textarea>`)
      .replace(/<\/body>/, () => `${foot}</body>`);
  }

  // Base64 of something, as a ViewState is; the stand-in gets its own back.
  viewState(html) {
    return html.replace(/(id="__VIEWSTATE" value=")([^"]*)"/, (all, before, made) => {
      const planted = Buffer.from(`\xff\x01\x0f${this.say('ViewState')} ${this.viewStates.size}`, 'latin1').toString('base64');
      this.viewStates.set(planted, made.replaceAll('&#43;', '+').replaceAll('&#x2B;', '+').replaceAll('&#47;', '/').replaceAll('&#61;', '='));
      return `${before}${planted}"`;
    });
  }

  own(path, answer) {
    const html = text => Buffer.from(`<!DOCTYPE html><html><head><title>-</title></head><body>${text}</body></html>`);
    const send = (type, body, more = {}) => answer.writeHead(200, { 'content-type': type, 'content-length': body.length, ...more }).end(body);
    const say = entry => this.say(entry, 114);
    switch (path.split('/').pop()) {
      case 'packed': return send('text/html', gzipSync(html(say('gzip body'))), { 'content-encoding': 'gzip' });
      case 'brotli': return send('text/html', brotliCompressSync(html(say('brotli body'))), { 'content-encoding': 'br' });
      case 'deflated': return send('text/html', deflateSync(html(say('deflate body'))), { 'content-encoding': 'deflate' });
      case 'wide': return send('text/html; charset=utf-16le', UTF16(`<p>${say('UTF-16 body')}</p>`));
      case 'record.pdf': return send('application/pdf', Buffer.from(`%PDF-1.4\n1 0 obj <</Author (${say('PDF')})>> endobj\n%%EOF\n`));
      case 'face-quill-5518230.jpg': return send('image/jpeg', Buffer.from(`\xff\xd8\xff\xe0\0\x10JFIF\0\xff\xfe${say('photo')}`, 'latin1'));
      case 'redirect': return answer.writeHead(302, { location: `/canary/after/${inUrl(this.say('redirect location', FEW))}?q=${inUrl(this.say('redirect location', FEW))}` }).end();
      case 'error': return answer.writeHead(503, { 'content-type': 'text/html' }).end(html(say('server error page')));
      default: return send('text/html', html(say('frame')));
    }
  }
}
