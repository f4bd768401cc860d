/** What a random program is made of. Its sockets have a lookup of their own, see `lookups.ts`. */
import fc from 'fast-check';
import { target } from '../support/target.ts';

/** Sockets are known by their places: 0 and 1. */
export type Place = 0 | 1;

/**
 * Somebody who receives, nobody, an address that is blocked. Not the other socket of the program: of several sockets that
 * send in a tick, Volley sends all datagrams of one before those of the next (docs/compatibility.md, "When datagrams leave").
 */
export type Destination = 'peer' | 'nobody' | 'blocked';

/** How a name is resolved: within the call, in a later tick or turn; to an error; or the lookup throws. */
export const HOSTS = [
  '127.0.0.1',
  'now',
  'tick',
  'turn',
  'fails',
  'fails-now',
  'throws',
  'empty',
] as const;
export type Host = (typeof HOSTS)[number];

/** What a callback or a listener does besides being noted. */
export type Reaction = 'nothing' | 'throw' | 'close' | 'send' | 'bind' | 'connect' | 'abort';

export type Step =
  | {
      readonly call: 'bind';
      readonly on: Place;
      readonly port: 'any' | 'used';
      readonly host: Host;
      readonly reaction: Reaction;
    }
  | { readonly call: 'bindSync'; readonly on: Place; readonly port: 'any' | 'used' }
  | {
      readonly call: 'connect';
      readonly on: Place;
      readonly to: Destination;
      readonly host: Host;
      readonly reaction: Reaction | 'no callback';
    }
  | { readonly call: 'connectSync'; readonly on: Place; readonly to: Destination }
  | {
      readonly call: 'send';
      readonly on: Place;
      readonly size: number;
      readonly times: number;
      readonly to: Destination | 'connected';
      readonly host: Host;
      readonly reaction: Reaction | 'no callback';
    }
  | { readonly call: 'close'; readonly on: Place; readonly reaction: Reaction | 'no callback' }
  | { readonly call: 'set'; readonly on: Place; readonly method: Setter; readonly value: number }
  | { readonly call: 'membership'; readonly on: Place; readonly join: boolean }
  | { readonly call: 'ask'; readonly on: Place; readonly method: Question }
  | { readonly call: 'abort'; readonly on: Place }
  | {
      readonly call: 'listen';
      readonly on: Place;
      readonly event: ListenedEvent;
      readonly reaction: Reaction;
    }
  | { readonly call: 'unlisten'; readonly on: Place; readonly event: ListenedEvent }
  | { readonly call: 'hear'; readonly on: Place }
  | { readonly call: 'wait'; readonly until: 'microtask' | 'tick' | 'turn' | 'settled' };

const SETTERS = ['setTTL', 'setMulticastTTL', 'setBroadcast', 'setMulticastLoopback'] as const;
type Setter = (typeof SETTERS)[number];
const QUESTIONS = [
  'address',
  'remoteAddress',
  'disconnect',
  'ref',
  'unref',
  'getRecvBufferSize',
] as const;
type Question = (typeof QUESTIONS)[number];
const EVENTS = ['listening', 'message', 'connect', 'close', 'error'] as const;
type ListenedEvent = (typeof EVENTS)[number];

export interface Program {
  readonly type: 'udp4' | 'udp6';
  readonly steps: readonly Step[];
}

const on = fc.constantFrom<Place[]>(0, 0, 1);
const quiet = { weight: 4, arbitrary: fc.constant<Reaction>('nothing') };
const REACTIONS: Reaction[] = ['throw', 'close', 'send', 'bind', 'connect', 'abort'];
const reaction = fc.oneof(quiet, { weight: 2, arbitrary: fc.constantFrom(...REACTIONS) });
const optional = fc.oneof(
  { weight: 5, arbitrary: reaction },
  { weight: 1, arbitrary: fc.constant<'no callback'>('no callback') },
);
const host = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Host>('127.0.0.1') },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTS) },
);
/** Where a lookup throws in `bind`, the sides differ from then on (docs/compatibility.md, "After bind() threw"). */
const bindHost = host.filter((name) => name !== 'throws');
const port = fc.constantFrom<('any' | 'used')[]>('any', 'any', 'any', 'used');
const to = fc.constantFrom<Destination[]>('peer', 'peer', 'peer', 'nobody', 'blocked');
const times = fc.constantFrom(1, 1, 1, 2, 3, 10);
// IPv4 carries 65,507 bytes, IPv6 65,527: the last one is too long for both.
const size = fc.constantFrom(0, 1, 30, 30, 30, 1500, 70_000);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('bind'), on, port, host: bindHost, reaction }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('bindSync'), on, port }) },
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('connect'), on, to, host, reaction: optional }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('connectSync'), on, to }) },
  {
    weight: 8,
    arbitrary: fc.record({
      call: fc.constant('send'),
      on,
      size,
      times,
      to: fc.oneof(
        { weight: 2, arbitrary: to },
        { weight: 1, arbitrary: fc.constant<'connected'>('connected') },
      ),
      host,
      reaction: optional,
    }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('close'), on, reaction: optional }) },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant('set'),
      on,
      method: fc.constantFrom(...SETTERS),
      value: fc.constantFrom(1, 0, 255, 256, 70_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('membership'), on, join: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('ask'), on, method: fc.constantFrom(...QUESTIONS) }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('abort'), on }) },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant('listen'),
      on,
      event: fc.constantFrom(...EVENTS),
      reaction,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ call: fc.constant('unlisten'), on, event: fc.constantFrom(...EVENTS) }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('hear'), on }) },
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constant('wait'),
      until: fc.constantFrom('microtask', 'tick', 'turn', 'settled'),
    }),
  },
);

export const programs: fc.Arbitrary<Program> = fc.record({
  type: fc.constantFrom('udp4', 'udp4', 'udp6'),
  steps: fc
    .array(target === 'builtin' ? step.map(asBuiltin) : step, { minLength: 1, maxLength: 14 })
    .map(withoutLateMessages),
});

/**
 * The builtin driver hears what became of a datagram ticks later (docs/architecture.md, "Life and death"), and so do callbacks
 * of `send`: what they would do to the socket then would be something else.
 */
function asBuiltin(step: Step): Step {
  const quiet = step.call !== 'send' || step.reaction === 'no callback';
  return quiet ? step : { ...step, reaction: 'nothing' };
}

/**
 * Where something is thrown, Node goes on with the rest of the tick in the next turn. Volley's datagrams leave when the tick
 * ends (docs/compatibility.md, "When datagrams leave"), so it matters then how many callbacks a tick has: the
 * order of messages and of what ICMP tells against other events is not compared.
 */
function withoutLateMessages(steps: Step[]): Step[] {
  return steps.some(mayThrow) ? steps.map(indifferent) : steps;
}

function mayThrow(step: Step): boolean {
  const thrown = 'reaction' in step && step.reaction === 'throw';
  const lookup = 'host' in step && step.host === 'throws';
  return thrown || lookup || (step.call === 'unlisten' && step.event === 'error');
}

function indifferent(step: Step): Step {
  if (step.call === 'listen' && step.event === 'message') return { ...step, reaction: 'nothing' };
  if (step.call === 'send' && step.to === 'nobody') return { ...step, to: 'peer' };
  if (step.call === 'connect' && step.to === 'nobody') return { ...step, to: 'peer' };
  return step.call === 'connectSync' && step.to === 'nobody' ? { ...step, to: 'peer' } : step;
}
