// What a contestant's program is told on its command line: a role, then `--name value` pairs.
import process from 'node:process';

const [role = '', ...pairs] = process.argv.slice(2);
/** @type {Map<string, string>} */
const values = new Map();
for (let at = 0; at < pairs.length; at += 2) {
  values.set((pairs[at] ?? '').replace(/^--/, ''), pairs[at + 1] ?? '');
}

export { role };

/**
 * @param {string} name
 * @param {string} [otherwise]
 */
export function text(name, otherwise) {
  const value = values.get(name) ?? otherwise;
  if (value === undefined) throw new Error(`${role} needs --${name}`);
  return value;
}

/**
 * @param {string} name
 * @param {number} [otherwise]
 */
export function number(name, otherwise) {
  const value = Number(text(name, otherwise === undefined ? undefined : String(otherwise)));
  if (!Number.isFinite(value)) throw new Error(`--${name} takes a number, not ${text(name)}`);
  return value;
}

/** @param {string} name */
export function flag(name) {
  return text(name, '0') === '1';
}

/** The ports of `--port 1` or `--port 1,2,3`. */
export function ports() {
  return text('port').split(',').map(Number);
}
