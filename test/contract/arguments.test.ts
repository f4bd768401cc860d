import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { runInThisContext } from 'node:vm';
import { call, drained, open, shut } from '../support/sockets.ts';
import { dgram, nodeMajor, target } from '../support/target.ts';

/**
 * The tables in arguments/ hold, for every method and every kind of argument, what node:dgram of
 * Node 26 does. A row: the states it holds in, the arguments as JavaScript, the outcome.
 *
 * States: `n` no socket (module functions), `f` fresh, `b` bound, `c` connected, `x` closed.
 * Outcomes: `returns <value>`; `throws <name> <code> <message>`. A code `-` is none, a message `*`
 * is worded by the engine and not compared.
 */
interface Row {
  file: string;
  method: string;
  state: string;
  source: string;
  outcome: string;
}

const DIRECTORY = new URL('../../../test/contract/arguments/', import.meta.url);

function readTable(file: string): Row[] {
  const rows: Row[] = [];
  let method = '';
  for (const line of readFileSync(new URL(file, DIRECTORY), 'utf8').split('\n')) {
    if (line.startsWith('# ')) method = line.slice(2);
    const match = /^([nfbcx]+) +\((.*)\) -> (.*)$/.exec(line);
    if (match === null) continue;
    const [, states = '', source = '', outcome = ''] = match;
    for (const state of states) rows.push({ file, method, state, source, outcome });
  }
  return rows;
}

function evaluate(source: string): unknown[] {
  const value: unknown = runInThisContext(`[${source}]`);
  assert.ok(Array.isArray(value));
  return value;
}

/** Where the reference's line does not do what the newest does. */
function differs(row: Row): boolean {
  if (target !== 'node') return false;
  if (row.source.includes('BlockList')) return nodeMajor < 22;
  if (row.method === 'connect' && row.source === "'0'") return nodeMajor < 24;
  return !(row.method in dgram || row.method in dgram.Socket.prototype);
}

function describeValue(value: unknown, arguments_: unknown[]): string {
  if (value instanceof dgram.Socket) return 'returns a socket';
  if (arguments_.length > 0 && Object.is(value, arguments_[0])) return 'returns its argument';
  if (typeof value === 'object' && value !== null) return 'returns an object';
  return `returns ${String(value)}`;
}

function describeError(error: unknown, expected: string): string {
  assert.ok(error instanceof Error);
  const code: unknown = Reflect.get(error, 'code');
  const message = expected.endsWith(' - *') ? '*' : error.message;
  return `throws ${error.name} ${code === undefined ? '-' : String(code)} ${message}`;
}

function perform(object: object, row: Row): { outcome: string; value?: unknown } {
  const arguments_ = evaluate(row.source);
  try {
    const value = call(object, row.method, ...arguments_);
    const outcome = describeValue(value, arguments_);
    // A setter that returns nothing also returns "its argument" when that is undefined.
    if (value === undefined && row.outcome === 'returns undefined') {
      return { outcome: row.outcome, value };
    }
    return { outcome, value };
  } catch (error) {
    return { outcome: describeError(error, row.outcome) };
  }
}

async function prepare(t: TestContext, state: string): Promise<Socket> {
  const socket = open(t, 'udp4');
  // Some arguments that pass lead to errors later (port 1 refuses): they are not this table's.
  socket.on('error', () => {});
  if (state === 'f') return socket;
  const listening = once(socket, 'listening');
  socket.bind(0, '127.0.0.1');
  await listening;
  if (state === 'c') {
    const done = once(socket, 'connect');
    socket.connect(socket.address().port, '127.0.0.1');
    await done;
  }
  if (state === 'x') {
    const done = once(socket, 'close');
    socket.close();
    await done;
  }
  return socket;
}

/** After an error that was thrown, the socket must work as if the call had not been. */
async function assertUsable(socket: Socket, state: string): Promise<void> {
  if (state === 'f') {
    const listening = once(socket, 'listening');
    socket.bind(0, '127.0.0.1');
    await listening;
  }
  if (state === 'c') {
    const arrived = once(socket, 'message');
    socket.send('usable');
    const [message] = await arrived;
    assert.equal(String(message), 'usable');
  } else if (state !== 'x') {
    await drained(socket, socket);
  }
}

async function check(t: TestContext, rows: readonly Row[], state: string): Promise<string[]> {
  const differences: string[] = [];
  let socket: Socket | undefined;
  for (const row of rows) {
    socket ??= await prepare(t, state);
    const { outcome } = perform(socket, row);
    if (outcome !== row.outcome) {
      differences.push(`${row.method}(${row.source}): expected ${row.outcome}, got ${outcome}`);
    }
    // What is accepted, or reaches the system, may change the socket: the next row gets a new one.
    // The reference has begun to bind or connect when it refuses a descriptor, name or listener.
    const begun = row.method === 'bind' || outcome.includes('"listener"');
    if (begun || !outcome.includes(' ERR_')) {
      shut(socket);
      socket = undefined;
    }
  }
  if (socket !== undefined) await assertUsable(socket, state);
  return differences;
}

const STATES = { f: 'a fresh', b: 'a bound', c: 'a connected', x: 'a closed' };
const rows = readdirSync(DIRECTORY).flatMap(readTable);
const methods = [...new Set(rows.map((row) => row.method))];

for (const method of methods.filter((name) => name !== 'createSocket')) {
  const own = rows.filter((row) => row.method === method && !differs(row));
  const skip = own.length === 0 ? `reference lacks it: ${method} on Node ${nodeMajor}` : false;
  for (const [state, words] of Object.entries(STATES)) {
    test(`arguments of ${method} on ${words} socket`, { skip }, async (t) => {
      const differences = await check(
        t,
        own.filter((row) => row.state === state),
        state,
      );
      assert.deepEqual(differences, []);
    });
  }
}

test('arguments of createSocket', () => {
  for (const row of rows.filter((each) => each.state === 'n' && !differs(each))) {
    const { outcome, value } = perform(dgram, row);
    if (value instanceof dgram.Socket) value.close();
    assert.equal(outcome, row.outcome, `createSocket(${row.source})`);
  }
});
