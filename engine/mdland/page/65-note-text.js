/* Whether two pieces of HTML are the same note. Both are parsed, so entities and
   the case of tags are gone; what remains is compared as a list of tags and
   texts, where blanks between blocks, empty line ends and the editor's own
   spellings (strong for b, a paragraph around loose text) make no difference.
   A no-break space is not a blank. */

const BLOCKS = new Set(('address article blockquote body center dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li ' +
  'ol p pre section table tbody td tfoot th thead tr ul').split(' '));
const SPELLINGS = { b: 'strong', i: 'em', strike: 's' };

function tagName(element) {
  const name = element.tagName.toLowerCase();
  return SPELLINGS[name] || name;
}

function styleText(style) {
  return style.split(';').map((rule) => rule.replace(/\s*:\s*/, ':').trim().toLowerCase()).filter(Boolean).join(';');
}

function attributeText(element) {
  return Array.from(element.attributes)
    .filter((each) => !each.name.startsWith('data-mce-'))
    .map((each) => ` ${each.name}=${each.name === 'style' ? styleText(each.value) : each.value}`)
    .sort().join('');
}

function isInline(node) {
  return node.nodeType === 3 || (node.nodeType === 1 && !BLOCKS.has(tagName(node)));
}

/* Tokens: {text} or {tag, block, opens, closes}. */
function pushText(tokens, text) {
  const last = tokens[tokens.length - 1];
  if (last && last.text !== undefined) last.text += text;
  else tokens.push({ text });
}

function pushNode(tokens, node) {
  if (node.nodeType === 3) pushText(tokens, node.data);
  if (node.nodeType !== 1) return;
  const name = tagName(node), block = BLOCKS.has(name) || name === 'br';
  tokens.push({ tag: `<${name}${attributeText(node)}>`, block, opens: name });
  for (const child of node.childNodes) pushNode(tokens, child);
  if (name !== 'br') tokens.push({ tag: `</${name}>`, block, closes: name });
}

function saysSomething(node) {
  return node.nodeType === 1 || node.data.trim() !== '' || node.data.includes('\u00a0');
}

/* Loose text at the top is put into a paragraph, as the editor does. */
function tokensOf(html) {
  const body = new DOMParser().parseFromString(html, 'text/html').body, tokens = [];
  let loose = false;
  const toggle = (opens) => {
    if (opens !== loose) tokens.push(opens ? { tag: '<p>', block: true, opens: 'p' } : { tag: '</p>', block: true, closes: 'p' });
    loose = opens;
  };
  for (const node of body.childNodes) {
    if (node.nodeType === 8 || (isInline(node) && !loose && !saysSomething(node))) continue;
    toggle(isInline(node));
    pushNode(tokens, node);
  }
  toggle(false);
  return tokens;
}

function trimTexts(tokens) {
  tokens.forEach((token, index) => {
    if (token.text === undefined) return;
    const before = tokens[index - 1], after = tokens[index + 1];
    token.text = token.text.replace(/[ \t\r\n\f]+/g, ' ');
    if (!before || before.block) token.text = token.text.replace(/^ /, '');
    if (!after || after.block) token.text = token.text.replace(/ $/, '');
  });
  return tokens.filter((token) => token.text !== '');
}

/* An editor fills an empty block with a no-break space or a line end. */
function dropFillers(tokens) {
  return tokens.filter((token, index) => {
    const before = tokens[index - 1], after = tokens[index + 1];
    const ends = Boolean(after && after.closes && after.block);
    if (token.opens === 'br') return !ends;
    return !(token.text === '\u00a0' && ends && before && before.opens && before.block);
  });
}

function normalNote(html) {
  return dropFillers(trimTexts(tokensOf(html)));
}

function sameNote(a, b) {
  const spell = (html) => JSON.stringify(normalNote(html).map((token) => token.tag || '\u0001' + token.text));
  return a === b || spell(a) === spell(b);
}

/* Blocks with nothing in them say nothing. */
function isBlankNote(html) {
  return !normalNote(html).some((token) => (token.text || '').replace(/\u00a0/g, ' ').trim() !== '' || /^<(img|hr)/.test(token.tag || ''));
}
