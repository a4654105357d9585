// A reader of XML 1.0 that takes elements, attributes, text, references and a declaration, and
// refuses whatever is not well-formed: for what the program writes.
import assert from 'node:assert/strict';

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text) {
  assert.doesNotMatch(text, /</, 'a bare <');
  assert.doesNotMatch(text, /\]\]>/, 'a bare ]]>');
  return text.replace(/&([^;&]*;?)/g, (whole, name) => {
    const reference = /^(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot|apos));$/.exec(name);
    assert.ok(reference, `a reference that is none: ${whole}`);
    const code = reference[1] ? parseInt(reference[1], 10) : parseInt(reference[2], 16);
    if (reference[3]) return NAMED[reference[3]];
    assert.ok([9, 10, 13].includes(code) || code >= 32, `a reference to no character: ${whole}`);
    return String.fromCodePoint(code);
  });
}

class Element {
  constructor(name, at) {
    Object.assign(this, { name, at, children: [], text: '' });
  }

  // All below it that have the name, in order.
  all(name) {
    return this.children.flatMap(child => [...(child.name === name ? [child] : []), ...child.all(name)]);
  }
}

function attributes(text) {
  const at = {};
  const rest = text.replace(/\s+([A-Za-z_][\w.-]*)="([^"]*)"/g, (_, name, value) => {
    assert.ok(!(name in at), `an attribute twice: ${name}`);
    at[name] = decode(value);
    return '';
  });
  assert.equal(rest.trim(), '', 'attributes');
  return at;
}

export function readXml(document) {
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(document, /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/, 'a character that XML has not');
  const [, body] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n([^]*)$/.exec(document);
  const top = new Element('', {}), open = [top];
  let from = 0;
  for (const tag of body.matchAll(/<(\/?)([A-Za-z_][\w.-]*)((?:\s+[A-Za-z_][\w.-]*="[^"<]*")*)\s*(\/?)>/g)) {
    open.at(-1).text += decode(body.slice(from, tag.index));
    from = tag.index + tag[0].length;
    const [, closing, name, at, alone] = tag;
    if (closing) {
      assert.equal(open.pop().name, name, 'the tag that closes');
      continue;
    }
    const element = new Element(name, attributes(at));
    open.at(-1).children.push(element);
    if (!alone) open.push(element);
  }
  top.text += decode(body.slice(from));
  assert.equal(open.length, 1, 'every tag is closed');
  assert.equal(top.text.trim(), '', 'text outside the root');
  assert.equal(top.children.length, 1, 'one root');
  return top.children[0];
}
