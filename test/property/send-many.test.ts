import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { search } from '../support/search.ts';
import { type Arrival, Peer } from '../support/sides.ts';
import { call, sent, shut } from '../support/sockets.ts';
import { dgram } from '../support/target.ts';

/** `sendMany` is Volley's own: it is held to `send` of the same datagrams. */
interface Volley {
  readonly connected: boolean;
  /** Sizes in bytes. Some are too long for any datagram. */
  readonly sizes: readonly number[];
  readonly form: 'array' | 'block' | 'spread';
}

let peer: Peer;
before(async () => {
  peer = await Peer.open('udp4');
});
after(() => peer.close());

const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 2, arbitrary: fc.constantFrom(30, 30, 1472, 1473, 9000) },
  { weight: 1, arbitrary: fc.constantFrom(65_508, 70_000) },
);
const volleys: fc.Arbitrary<Volley> = fc.record({
  connected: fc.boolean(),
  sizes: fc.oneof(
    fc.array(size, { maxLength: 8 }),
    fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 200 }))
      .map(([count, each]) => Array<number>(count).fill(each)),
  ),
  form: fc.constantFrom('array', 'block', 'spread'),
});

/** What the datagrams are, each with other bytes. */
function payloadsOf({ sizes, form }: Volley): Buffer[] {
  // A block is cut into equal pieces.
  const equal =
    form === 'block' ? sizes.map(() => Math.max(1, Math.min(sizes[0] ?? 1, 9000))) : sizes;
  return equal.map((length, place) => Buffer.alloc(length, place + 1));
}

async function opened(connected: boolean): Promise<Socket> {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  if (connected) {
    socket.connect(peer.port, '127.0.0.1');
    await once(socket, 'connect');
  }
  return socket;
}

interface Outcome {
  readonly arrived: string[];
  /** The code of each datagram's error. */
  readonly errors: unknown[];
}

function texts(arrivals: readonly Arrival[]): string[] {
  return arrivals.map(({ bytes }) => `${bytes.length} of ${bytes[0]}`);
}

async function bySend(volley: Volley): Promise<Outcome> {
  const socket = await opened(volley.connected);
  const destination = volley.connected ? [] : [peer.port, '127.0.0.1'];
  const outcomes = await Promise.all(
    payloadsOf(volley).map((payload) => sent(socket, payload, ...destination)),
  );
  shut(socket);
  const errors = outcomes.map(({ error }) => error && Reflect.get(error, 'code'));
  return { arrived: texts(await peer.take()), errors };
}

function argumentsOf(volley: Volley, payloads: readonly Buffer[]): unknown[] {
  const { connected, form } = volley;
  const bytes = Buffer.concat(payloads);
  const given = form === 'block' ? { bytes, segmentSize: payloads[0]?.length ?? 1 } : payloads;
  if (connected) return [given];
  const target = { port: peer.port, address: '127.0.0.1' };
  return form === 'spread'
    ? [given, payloads.map(() => target)]
    : [given, target.port, target.address];
}

async function bySendMany(volley: Volley): Promise<Outcome> {
  const socket = await opened(volley.connected);
  const payloads = payloadsOf(volley);
  let accepted: unknown;
  const [error, count] = await new Promise<unknown[]>((resolve) => {
    const callback = (...told: unknown[]): void => resolve(told);
    accepted = call(socket, 'sendMany', ...argumentsOf(volley, payloads), callback);
  });
  shut(socket);
  assert.equal(accepted, payloads.length);
  const failures: unknown = error === null ? [] : Reflect.get(Object(error), 'errors');
  assert.ok(Array.isArray(failures));
  assert.equal(count, payloads.length - failures.length);
  const errors: unknown[] = payloads.map(() => null);
  for (const failure of failures)
    errors[Number(Reflect.get(failure, 'index'))] = Reflect.get(failure, 'code');
  return { arrived: texts(await peer.take()), errors };
}

test('sendMany does what as many calls of send do', (t) =>
  search<Volley>(t, {
    inputs: volleys,
    runs: 1000,
    weigh: ({ sizes }) => sizes.length,
    async judge(volley) {
      try {
        assert.deepEqual(await bySendMany(volley), await bySend(volley));
        return undefined;
      } catch (error) {
        return `${JSON.stringify(volley)}\n\n${error}`;
      }
    },
  }));
