/** What is right for datagrams: which of them fail, and how, when calls that move them do. */
import { constants } from 'node:os';
import { PER_ROUND, ROUNDS } from './fixtures/cases.ts';
import { runs } from './fixtures/bursts.ts';
import type { Call, Fault } from './fixtures/faults.ts';
import { type Code, type Expectation, nameOf } from './table.ts';

/** sendmsg(2), udp(7), ip(7), and what devices and filters say */
const SEND: readonly Code[] = [
  ...(['EACCES', 'EALREADY', 'EBADF', 'ECONNREFUSED', 'ECONNRESET', 'EDESTADDRREQ'] as const),
  ...(['EFAULT', 'EISCONN', 'ENOMEM', 'ENOTCONN', 'ENOTSOCK', 'EPIPE', 'ENETUNREACH'] as const),
  ...(['EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ENODEV', 'EPROTO'] as const),
];
/** What a group may fail with although its datagrams, one by one, do not. */
const SEGMENTATION: readonly Code[] = ['EINVAL', 'EIO', 'EMSGSIZE', 'EOPNOTSUPP'];
/** A full buffer, or a full queue of a device: to be tried again. */
const FULL: readonly Code[] = ['EAGAIN', 'ENOBUFS'];
/** recvmsg(2), udp(7), ip(7), and errors of earlier datagrams */
const RECEIVE: readonly Code[] = [
  ...(['ECONNREFUSED', 'EBADF', 'EFAULT', 'EINVAL', 'ENOMEM', 'ENOTCONN', 'ENOTSOCK'] as const),
  ...(['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EMSGSIZE', 'EPROTO', 'EIO'] as const),
];

export const ALL: number = ROUNDS * PER_ROUND;
export const WELL: readonly string[] = [
  'called back once each, in order',
  'what succeeded arrived, in order',
];
const WAITED = 'had to wait';

const PLACES = [
  { from: 1, times: 1 },
  { from: 2, times: 1 },
  { from: 7, times: 3 },
  { from: 14, times: 5 },
  { from: 1, times: 0 },
  { from: 12, times: 0 },
] as const;
const FEW_PLACES = PLACES.slice(2, 5);

type Place = { readonly from: number; readonly times: number };

const fails = ({ from, times }: Place, use: number): boolean =>
  use >= from && (times === 0 || use < from + times);

interface Wanted {
  readonly scenario: string;
  readonly call: Call;
  readonly code: Code | 'one';
  readonly place: Place;
  readonly trace: readonly string[];
  readonly shared?: boolean;
  readonly least?: number;
  readonly most?: number;
  readonly segmented?: boolean;
}

export function expectation(wanted: Wanted): Expectation {
  const { scenario, call, code, place, trace, segmented } = wanted;
  const { shared = false, least = 1, most = Number.POSITIVE_INFINITY } = wanted;
  const errno = code === 'one' ? 0 : constants.errno[code];
  const fault: Fault = { call, errno, ...place, ...(segmented ? { segmented } : {}) };
  return { scenario, fault, code, trace, shared, least, most };
}

/** Each message is one datagram: those whose turn it is fail. */
export function singles(place: Place, code: Code): string {
  const outcomes = Array.from({ length: ALL }, (_, index) => fails(place, index + 1));
  return runs(outcomes.map((failed) => (failed ? nameOf(code) : 'ok')));
}

/**
 * Each round is one message of several datagrams. Where the code may be about the message, they are sent
 * one by one, and so are all that follow; else it is about the first of them.
 */
function grouped(place: Place, code: Code): string {
  const outcomes: string[] = [];
  let use = 0;
  let together = true;
  const settle = (failed: boolean): void => void outcomes.push(failed ? nameOf(code) : 'ok');
  const goes = (): boolean => !fails(place, ++use);
  while (outcomes.length < ALL) {
    const end = outcomes.length - (outcomes.length % PER_ROUND) + PER_ROUND;
    if (!together || end - outcomes.length === 1) settle(!goes());
    else if (goes()) while (outcomes.length < end) settle(false);
    else if (!SEGMENTATION.includes(code)) settle(true);
    else {
      for (let going = true; going && outcomes.length < end; ) {
        going = goes();
        together &&= !going;
        settle(!going);
      }
    }
  }
  return runs(outcomes);
}

/** A batch's call tells of its first message; what is left of a round in the end goes without. */
function batches(place: Place, code: Code): string {
  const outcomes: string[] = [];
  let use = 0;
  while (outcomes.length < ALL) {
    const end = outcomes.length - (outcomes.length % PER_ROUND) + PER_ROUND;
    if (end - outcomes.length === 1) outcomes.push('ok');
    else if (fails(place, ++use)) outcomes.push(nameOf(code));
    else while (outcomes.length < end) outcomes.push('ok');
  }
  return runs(outcomes);
}

const allOk = `${ALL}×ok`;

function messages(full: boolean): Expectation[] {
  const told = [...SEND, ...SEGMENTATION].flatMap((code, index) =>
    (full || index === 0 ? PLACES : FEW_PLACES).flatMap((place) => [
      ...['burst', 'burstToPeer'].map((scenario) =>
        expectation({
          ...{ scenario, call: 'message' as const, code, place, shared: true },
          trace: [singles(place, code), ...WELL],
        }),
      ),
      expectation({
        ...{ scenario: 'groups', call: 'message' as const, code, place },
        // With few messages a late fault is never met.
        ...{ trace: [grouped(place, code), ...WELL], least: 0 },
      }),
    ]),
  );
  const refused = SEGMENTATION.map((code) =>
    expectation({
      ...{ scenario: 'groups', call: 'message' as const, code, segmented: true },
      ...{ place: { from: 1, times: 0 }, trace: [allOk, ...WELL] },
    }),
  );
  // A packet filter says EPERM: datagrams fail alike, however they were offered.
  const filtered = ['burst', 'burstToPeer', 'groups'].map((scenario) =>
    expectation({
      ...{ scenario, call: 'message' as const, code: 'EPERM' as const, shared: true },
      ...{ place: { from: 1, times: 0 }, trace: [`${ALL}×EPERM`, ...WELL] },
    }),
  );
  return [...told, ...refused, ...filtered];
}

/** Nobody is told of what is tried again until it goes. */
function waiting(full: boolean): Expectation[] {
  return ['burst', 'burstToPeer', 'groups'].flatMap((scenario) =>
    [...FULL, 'EINTR' as const].flatMap((code) =>
      (full ? PLACES : FEW_PLACES)
        .filter(({ times }) => times !== 0 || code !== 'EINTR')
        // A group is one message, so that there are few.
        .filter(({ from }) => scenario !== 'groups' || from <= ROUNDS)
        .map((place) =>
          expectation({
            ...{ scenario, call: 'message' as const, code, place, shared: true },
            trace: [allOk, ...WELL, ...(place.times === 0 ? [WAITED] : [])],
          }),
        ),
    ),
  );
}

function batchCalls(full: boolean): Expectation[] {
  const places = [
    { from: 1, times: 1 },
    { from: 2, times: 3 },
    { from: 1, times: 0 },
  ];
  const told = [...SEND, ...SEGMENTATION].flatMap((code, index) =>
    (full || index === 0 ? places : places.slice(1)).map((place) =>
      expectation({
        ...{ scenario: 'burst', call: 'sendmmsg' as const, code, place },
        trace: [batches(place, code), ...WELL],
      }),
    ),
  );
  const quiet = (['one', ...FULL, 'EINTR', 'EPERM'] as const).flatMap((code) =>
    places
      .filter(({ times }) => times !== 0 || code === 'one' || code === 'EPERM')
      .map((place) =>
        expectation({
          ...{ scenario: 'burst', call: 'sendmmsg' as const, code, place },
          trace: [allOk, ...WELL],
        }),
      ),
  );
  return [...told, ...quiet];
}

function arrivals(full: boolean): Expectation[] {
  const told = RECEIVE.flatMap((code, index) =>
    (full || index === 0 ? PLACES : FEW_PLACES)
      .filter(({ from }) => from < PER_ROUND)
      .map((place) => {
        const name = nameOf(code);
        const keys = JSON.stringify({
          errno: -constants.errno[code],
          code: name,
          syscall: 'recvmsg',
        });
        return expectation({
          ...{ scenario: 'receive', call: 'receive' as const, code, place, shared: true },
          trace: ['all arrived, in order', `emitted Error: recvmsg ${name} ${keys}`],
        });
      }),
  );
  const quiet = (['one', 'EAGAIN', 'EINTR'] as const).flatMap((code) =>
    PLACES.filter(({ from, times }) => from < PER_ROUND && (times !== 0 || code !== 'EINTR')).map(
      (place) =>
        expectation({
          ...{ scenario: 'receive', call: 'receive' as const, code, place, shared: true },
          trace: ['all arrived, in order'],
        }),
    ),
  );
  return [...told, ...quiet];
}

/** Closing gives up what waits, and says so. */
const closing = FULL.map((code) =>
  expectation({
    ...{ scenario: 'closing', call: 'message' as const, code, place: { from: 1, times: 0 } },
    ...{ trace: [`${PER_ROUND}×ECANCELED`, ...WELL], shared: true },
  }),
);

export const TRAFFIC: Readonly<Record<string, (full: boolean) => Expectation[]>> = {
  'messages that cannot be sent': messages,
  'messages that have to wait': waiting,
  'calls for a batch of messages': batchCalls,
  'messages that cannot be received': arrivals,
  'closing while messages wait': () => closing,
};
