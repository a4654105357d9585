// A certificate that signs itself, for 127.0.0.1: what no client should trust. Written
// out as DER because Node makes keys and signatures but no certificates.
import { generateKeyPairSync, sign } from 'node:crypto';

function der(tag, ...parts) {
  const body = Buffer.concat(parts.map(part => Buffer.from(part)));
  const size = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const ECDSA_SHA256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const name = text => der(0x30, der(0x31, der(0x30, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, text))));
const address = der(0x30, der(0x06, Buffer.from('551d11', 'hex')), der(0x04, der(0x30, der(0x87, [127, 0, 0, 1]))));

export function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = der(0x30, der(0xa0, der(0x02, [2])), der(0x02, [1]), ECDSA_SHA256, name('TEST'), der(0x30, der(0x17, '240101000000Z'), der(0x17, '490101000000Z')),
    name('TEST'), publicKey.export({ type: 'spki', format: 'der' }), der(0xa3, der(0x30, address)));
  const certificate = der(0x30, body, ECDSA_SHA256, der(0x03, [0], sign('sha256', body, privateKey)));
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: pem };
}
