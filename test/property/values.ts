/**
 * Arguments as JavaScript, so that each side evaluates a value of its own and a counterexample can be read and
 * run. `env` in them is an {@link Environment}.
 */
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';

export type Source = string;

/** What the sources of values refer to. */
export interface Environment {
  /** A socket that receives, of the family of the program. */
  readonly port: number;
  readonly loopback: string;
  /** A callback that notes its calls. */
  callback(): (...args: unknown[]) => void;
  /** Notes that something ran, such as a getter. */
  note(what: string): void;
  /** `net.BlockList`, blocking loopback. */
  blocking(): object;
  EventEmitter: unknown;
}

export function among(...sources: Source[]): fc.Arbitrary<Source> {
  return fc.constantFrom(...sources);
}

const NUMBERS = among(
  ...['0', '-0', '1', '-1', '2', '255', '256', '1.5', '-1.5', 'NaN', 'Infinity', '-Infinity'],
  ...[
    '65535',
    '65536',
    '2 ** 31 - 1',
    '2 ** 31',
    '2 ** 32',
    '2 ** 32 - 1',
    '2 ** 53',
    '-(2 ** 31)',
  ],
  ...['2 ** 32 + 1', '1e21', '5e-324', 'Number.MAX_VALUE', '0.1 + 0.2', '-12345678901.5'],
);

const DRAWN_NUMBERS = fc.oneof(
  fc.integer().map(String),
  fc.integer({ min: 0, max: 300 }).map(String),
  fc.double().map((value) => (Object.is(value, -0) ? '-0' : String(value))),
);

export const numbers: fc.Arbitrary<Source> = fc.oneof(NUMBERS, DRAWN_NUMBERS);

const TEXTS = among(
  ...[`''`, `' '`, `'0'`, `'1'`, `'0x10'`, `' 53'`, `'53 '`, `'1e3'`, `'-1'`, `'+53'`, `'0b101'`],
  ...[
    `'9'.repeat(40)`,
    `'a'`,
    `'NaN'`,
    `'65536'`,
    `'udp4'`,
    `'x\\0y'`,
    `'\\ud800'`,
    `'\\n'`,
    `'é'`,
  ],
  ...[
    `"it's"`,
    `'\\'"'`,
    `'a'.repeat(26)`,
    `'b'.repeat(25)`,
    `'c'.repeat(128)`,
    `'\`\\'"'.repeat(9)`,
  ],
);

export const texts: fc.Arbitrary<Source> = fc.oneof(
  TEXTS,
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)),
);

const PRIMITIVES = among(
  ...['undefined', 'null', 'true', 'false', '1n', '0n', '-1n', '2n ** 64n', `Symbol('s')`],
  ...['Symbol.iterator', 'Symbol()'],
);

/** What runs code, throws or is not what it seems when it is looked at. */
export const hostile: fc.Arbitrary<Source> = among(
  `({ toString() { env.note('toString'); return '127.0.0.1'; } })`,
  `({ valueOf() { env.note('valueOf'); return 1; } })`,
  `({ toString() { throw new RangeError('toString'); } })`,
  `({ valueOf() { throw new RangeError('valueOf'); } })`,
  `({ [Symbol.toPrimitive](hint) { env.note(hint); return 2; } })`,
  `({ [Symbol.toPrimitive]() { return {}; } })`,
  `({ get constructor() { throw new RangeError('constructor'); } })`,
  `({ constructor: null })`,
  `({ constructor: { name: '' } })`,
  `({ constructor: { name: 'Forged' } })`,
  `({ get length() { env.note('length'); return 1; } })`,
  `({ get byteLength() { throw new RangeError('byteLength'); } })`,
  'Object.create(null)',
  'Object.freeze({})',
  'new Proxy({}, {})',
  'new Proxy(() => {}, {})',
  `new Proxy({}, { get(target, key) { throw new RangeError('get'); } })`,
  `new Proxy([], { get(target, key) { throw new RangeError('get'); } })`,
  '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()',
  '(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; })()',
);

const OBJECTS = among(
  ...['{}', '[]', '[1]', '[[]]', '[undefined]', 'new Date(0)', '/x/', 'new Map()', 'new Set([1])'],
  ...['new Number(5)', `new String('127.0.0.1')`, 'new Boolean(false)', 'Object(1n)'],
  ...[`new Error('x')`, 'Promise.resolve()', 'new WeakMap()', 'globalThis', 'Math', 'JSON'],
  ...['new (class Own {})()', 'new (class {})()', 'new (class extends Map {})()'],
).map((source) => (source === '{}' ? '({})' : source));

export const functions: fc.Arbitrary<Source> = among(
  'env.callback()',
  '(() => {})',
  '(function named() {})',
  '(function () {})',
  'class Own {}',
  '(async () => {})',
  '(function* () {})',
  'new Proxy(env.callback(), {})',
  'Object.freeze(env.callback())',
  'env.callback().bind(null)',
);

export const bytes: fc.Arbitrary<Source> = among(
  `Buffer.from('abc')`,
  'Buffer.alloc(0)',
  `Buffer.from('abcdefgh').subarray(2, 6)`,
  'new Uint8Array([1, 2, 3])',
  'new Uint8Array(0)',
  'new Uint8ClampedArray([1, 300, 3])',
  'new Int8Array([-1, 2])',
  'new Uint16Array([1, 258])',
  'new Uint16Array([1, 258, 3]).subarray(1)',
  'new Float64Array([1.5, -0])',
  'new BigInt64Array([1n, -2n])',
  'new DataView(new ArrayBuffer(8))',
  'new DataView(new Uint8Array([1, 2, 3, 4, 5, 6]).buffer, 1, 3)',
  'new DataView(new ArrayBuffer(0))',
  'new (class Own extends Uint8Array {})([4, 5, 6])',
  'new (class Own extends Uint8Array { get length() { return 1; } })([4, 5, 6])',
  'new (class Own extends Uint8Array { get byteLength() { return 1; } })([4, 5, 6])',
  'new (class Own extends Uint8Array { static get [Symbol.species]() { return Array; } })([4, 5, 6])',
  'new (class Own extends Uint8Array { subarray() { return this; } })([4, 5, 6])',
  `Object.setPrototypeOf(Buffer.from('abc'), Uint8Array.prototype)`,
  `Object.setPrototypeOf(new Uint8Array([1, 2]), null)`,
  `Object.defineProperty(Buffer.from('abcd'), 'length', { value: 2 })`,
  `Object.defineProperty(Buffer.from('abcd'), 'byteLength', { value: 2 })`,
  `Object.defineProperty(Buffer.from('abcd'), 'buffer', { value: new ArrayBuffer(2) })`,
  `Object.freeze(new DataView(new ArrayBuffer(3)))`,
  'new Uint8Array(new SharedArrayBuffer(4))',
  'new DataView(new SharedArrayBuffer(4), 1)',
  'new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }))',
  `((view) => { view.buffer.resize(2); return view; })(new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }), 3, 1))`,
  `((view) => { view.buffer.resize(6); return view; })(new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }), 1))`,
  `((view) => { structuredClone(view.buffer, { transfer: [view.buffer] }); return view; })(new Uint8Array(4))`,
  `((view) => { structuredClone(view.buffer, { transfer: [view.buffer] }); return view; })(new Uint16Array(4))`,
);

/** Looks like bytes and is not. */
const FALSE_BYTES = among(
  'new ArrayBuffer(4)',
  'new SharedArrayBuffer(4)',
  'Object.create(Uint8Array.prototype)',
  'Object.create(Buffer.prototype)',
  `new Proxy(Buffer.from('abc'), {})`,
  '({ length: 2, 0: 1, 1: 2 })',
  'new Blob([])',
);

/** What inherits from Buffer in a list, and is none, makes node:dgram abort the process (an assertion of node::Buffer::Length). */
const PARTS = fc.oneof(
  { weight: 4, arbitrary: bytes },
  { weight: 3, arbitrary: texts },
  {
    weight: 1,
    arbitrary: fc
      .oneof(FALSE_BYTES, PRIMITIVES, numbers, hostile)
      .filter((source) => !/Proxy|create\(Buffer/.test(source)),
  },
);

/** The lists that `send` takes, and lists that misbehave. */
export const lists: fc.Arbitrary<Source> = fc.oneof(
  fc.array(PARTS, { maxLength: 4 }).map((parts) => `[${parts.join(', ')}]`),
  among(
    `[, 'b']`,
    `Object.assign(['a'], { length: 3 })`,
    `Object.freeze(['a', Buffer.from('b')])`,
    `Object.defineProperty([], 0, { enumerable: true, get() { env.note('part'); return 'part'; } })`,
    `Object.defineProperty([], 0, { enumerable: true, get() { throw new RangeError('part'); } })`,
    `new (class Own extends Array {})('a', 'b')`,
    `new (class Own extends Array { map() { return ['mapped']; } })('a', 'b')`,
    `new Proxy(['a', 'b'], {})`,
    `[['a']]`,
    '(function () { return arguments; })(1)',
  ),
);

export const messages: fc.Arbitrary<Source> = fc.oneof(
  { weight: 4, arbitrary: bytes },
  { weight: 3, arbitrary: texts },
  { weight: 3, arbitrary: lists },
  { weight: 1, arbitrary: among(`'x'.repeat(1500)`, 'Buffer.alloc(9000, 7)', `'€'.repeat(500)`) },
  { weight: 1, arbitrary: fc.oneof(FALSE_BYTES, PRIMITIVES, numbers, hostile, functions, OBJECTS) },
);

/** Anything at all. */
export const anything: fc.Arbitrary<Source> = fc.oneof(
  { weight: 3, arbitrary: PRIMITIVES },
  { weight: 3, arbitrary: numbers },
  { weight: 3, arbitrary: texts },
  { weight: 2, arbitrary: OBJECTS },
  { weight: 2, arbitrary: hostile },
  { weight: 1, arbitrary: functions },
  { weight: 1, arbitrary: bytes },
  { weight: 1, arbitrary: FALSE_BYTES },
);

/** Mostly what `fitting` makes, now and then anything. */
export function mostly(fitting: fc.Arbitrary<Source>, weight: number = 5): fc.Arbitrary<Source> {
  return fc.oneof({ weight, arbitrary: fitting }, { weight: 1, arbitrary: anything });
}

export const ports: fc.Arbitrary<Source> = mostly(
  fc.oneof(
    { weight: 4, arbitrary: among('env.port') },
    {
      weight: 1,
      arbitrary: among('String(env.port)', `' ' + env.port`, `'0x' + env.port.toString(16)`),
    },
    {
      weight: 1,
      arbitrary: among('env.port + 0.5', 'env.port + 65536', 'BigInt(env.port)', '-env.port'),
    },
    { weight: 1, arbitrary: among('new Number(env.port)', '[env.port]', '0') },
  ),
);

/** No names: a lookup of one that does not exist takes seconds. */
export const addresses: fc.Arbitrary<Source> = fc.oneof(
  { weight: 4, arbitrary: among('env.loopback', 'undefined', 'null', `''`) },
  {
    weight: 2,
    arbitrary: among(
      ...[`'127.0.0.1'`, `'::1'`, `'127.0.0.2'`, `'::ffff:127.0.0.1'`, `'0.0.0.0'`, `'::'`],
      ...[
        `'255.255.255.255'`,
        `'::1%lo'`,
        `'::1%1'`,
        `'fe80::1'`,
        `'fe80::1%nosuch'`,
        `'127.0.0.1%lo'`,
      ],
      ...[
        `'0:0:0:0:0:0:0:1'`,
        `'::0001'`,
        `'::ffff:7f00:1'`,
        `'224.0.0.1%lo'`,
        `'::1%'`,
        `'::1%0'`,
      ],
      ...[
        `'127.0.0.1\\0'`,
        `'::1\\0'`,
        `'::1%lo\\0'`,
        `'::1%%'`,
        `'127.1'`,
        `'0177.0.0.1'`,
        `'2130706433'`,
      ],
    ),
  },
  {
    weight: 1,
    arbitrary: among(
      ...['1', 'true', '[]', '({})', '1n', `Symbol('s')`, '0', 'false', 'NaN', '[env.loopback]'],
      ...['new String(env.loopback)', 'Buffer.from(env.loopback)'],
    ),
  },
  { weight: 1, arbitrary: hostile },
);

export const callbacks: fc.Arbitrary<Source> = fc.oneof(
  { weight: 6, arbitrary: among('env.callback()') },
  { weight: 2, arbitrary: functions },
  { weight: 1, arbitrary: anything },
);

export const booleans: fc.Arbitrary<Source> = mostly(among('true', 'false', '0', '1', 'undefined'));

/** Multicast groups, and what is none. */
export const groups: fc.Arbitrary<Source> = fc.oneof(
  {
    weight: 5,
    arbitrary: among(
      ...[
        `'224.0.0.114'`,
        `'239.1.2.3'`,
        `'232.1.2.3'`,
        `'ff02::114'`,
        `'ff01::1%lo'`,
        `'ff3e::1'`,
      ],
      ...[`'ff02::114%nosuch'`, `'224.0.0.256'`, `'224.0.0.1 '`, `'0xe0000001'`, `'3758096385'`],
    ),
  },
  { weight: 2, arbitrary: addresses },
  { weight: 1, arbitrary: anything },
);

/** Whether a source has a text: of some, asking throws. */
export function isText(source: Source): boolean {
  try {
    return `${runInThisContext(`((env) => (${source}))({ note() {}, callback() {} })`)}` !== null;
  } catch {
    return false;
  }
}
