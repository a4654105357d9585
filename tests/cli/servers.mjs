// Servers on the loopback interface that behave in one way each, and count what they
// are asked.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { after } from 'node:test';

const open = new Set();
after(() => open.forEach(server => { server.close(); server.closeAllConnections?.(); }));

async function listen(server, scheme) {
  const found = { requests: [], connections: 0, sockets: new Set() };
  server.on('connection', socket => {
    found.connections++;
    found.sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('request', request => found.requests.push(request));
  open.add(server);
  await new Promise(ready => server.listen(0, '127.0.0.1', ready));
  found.url = `${scheme}://127.0.0.1:${server.address().port}`;
  found.stop = () => {
    found.sockets.forEach(socket => socket.destroy());
    open.delete(server);
    return new Promise(done => server.close(done));
  };
  return found;
}

export const answers = answer => listen(http.createServer(answer), 'http');
export const answersOverTls = (options, answer) => listen(https.createServer(options, answer), 'https');
export const speaks = talk => listen(net.createServer(talk), 'http');

export const html = (status, body, headers = {}) => (_, response) => response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
// As much of the EHR's main page as the look before a batch wants to see.
export const MAIN_PAGE = '<html><body><iframe id="workarea0" src="about:blank"></iframe></body></html>';
export const LOGIN_PAGE = '<html><form id="loginForm"><input name="user"><input type="password" name="pw"></form></html>';
