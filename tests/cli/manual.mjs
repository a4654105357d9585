// The pages of the manual (engine/cli/manual/*.def), as the program is built from them.
import { readFileSync } from 'node:fs';

const FOLDER = 'engine/cli/manual';
const STRING = /"(?:[^"\\]|\\.)*"/g;
const textOf = source => (source.match(STRING) ?? []).map(literal => JSON.parse(literal)).join('');

// MACRO(...) rows, each with its arguments as they stand; commas inside strings do not count.
function rowsOf(source) {
  return [...source.matchAll(/^([A-Z]+)\(((?:"(?:[^"\\]|\\.)*"|[^"()])*)\)$/gm)].map(([, macro, inside]) => ({
    macro, args: inside.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g).map(arg => arg.trim()) }));
}

function pageOf(file) {
  const rows = rowsOf(readFileSync(file, 'utf8'));
  const of = macro => rows.filter(row => row.macro === macro).map(row => row.args);
  const [name] = [...of('PAGE'), ...of('PART')][0].map(textOf);
  return { name, file, isPart: of('PART').length > 0, usage: of('USAGE').map(([text]) => textOf(text)), examples: of('EXAMPLE').map(([command]) => textOf(command)),
    exits: of('EXIT').map(([status]) => Number(status)),
    options: of('OPTION').map(([, letter, option, argument, , text]) => ({ letter: letter === '0' ? null : letter[1], name: textOf(option),
      argument: argument === 'NULL' ? null : textOf(argument), told: text !== 'NULL' })) };
}

export const COMMANDS = [...readFileSync('engine/cli/command.def', 'utf8').matchAll(/^X\("([a-z]+)"/gm)].map(match => match[1]);
export const TOPICS = [...readFileSync(`${FOLDER}/topic.def`, 'utf8').matchAll(/^X\("([a-z-]+)"/gm)].map(match => match[1]);
export const PAGES = [...readFileSync(`${FOLDER}/pages.def`, 'utf8').matchAll(/^#include "(.*)"$/gm)].map(([, file]) => pageOf(file));
