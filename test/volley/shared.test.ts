/** What a worker of a cluster makes of the answers of its primary, which are given by a stand-in here. */
import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { holdDescriptor } from '../support/descriptor.ts';
import { assertError, system } from '../support/errors.ts';
import { call, listen, nextError, turn } from '../support/sockets.ts';
import { notLinux, open } from './support.ts';

/** The other driver leaves it to node:dgram to ask. */
const skip = notLinux;

const EADDRINUSE = -98;

class Shared {
  readonly fd: number;
  closed = 0;

  constructor(fd: number) {
    this.fd = fd;
  }

  close(): void {
    this.closed += 1;
  }
}

type Answer = (errno: number, shared: Shared | null) => void;

/** Makes this process a worker as far as sockets see, until the test ends. */
function becomeWorker(
  t: TestContext,
  ask?: (owner: object, request: object, answer: Answer) => void,
): void {
  Object.assign(cluster, { isWorker: true, _getServer: ask });
  t.after(() => {
    Object.assign(cluster, { isWorker: false });
    Reflect.deleteProperty(cluster, '_getServer');
  });
}

test('a cluster that has no way to share', { skip }, async (t) => {
  becomeWorker(t);
  const socket = open(t, 'udp4');
  const failed = nextError(socket);
  socket.bind(0, '127.0.0.1');
  assert.equal(
    String(await failed),
    'Error: This Node cannot share sockets among workers; use exclusive',
  );
  await listen(socket, { port: 0, address: '127.0.0.1', exclusive: true });
});

test('what is asked for, and an answer without a socket', { skip }, async (t) => {
  const asked: object[] = [];
  becomeWorker(t, (_owner, request, answer) => {
    asked.push(request);
    setImmediate(answer, EADDRINUSE, null);
  });
  const plain = open(t, 'udp4');
  const failed = nextError(plain);
  plain.bind(1234, '127.0.0.1');
  assertError(await failed, system('bind', 'EADDRINUSE', '127.0.0.1', 1234));
  const other = open(t, { type: 'udp6', reuseAddr: true, ipv6Only: true });
  const refused = nextError(other);
  call(other, 'bind', { fd: 5 });
  assertError(await refused, system('open', 'EADDRINUSE'));
  assert.deepEqual(asked, [
    { address: '127.0.0.1', port: 1234, fd: -1, addressType: 'udp4', flags: 0 },
    { address: null, port: null, fd: 5, addressType: 'udp6', flags: 5 },
  ]);
});

test('an answer with a descriptor that is not there', { skip }, async (t) => {
  const shared = new Shared(-1);
  becomeWorker(t, (_owner, _request, answer) => answer(0, shared));
  const socket = open(t, 'udp4');
  const failed = nextError(socket);
  socket.bind(1234, '127.0.0.1');
  assertError(await failed, system('bind', 'EBADF', '127.0.0.1', 1234));
  assert.equal(shared.closed, 1);
});

test('an answer with the descriptor of a file', { skip }, async (t) => {
  const fd = openSync('/dev/null', 'r');
  t.after(() => closeSync(fd));
  const shared = new Shared(fd);
  becomeWorker(t, (_owner, _request, answer) => answer(0, shared));
  const socket = open(t, 'udp4');
  const failed = nextError(socket);
  socket.bind(1234, '127.0.0.1');
  assertError(await failed, {
    class: TypeError,
    name: 'TypeError',
    code: 'ERR_INVALID_FD_TYPE',
    message: 'Unsupported fd type: FILE',
  });
  assert.equal(shared.closed, 1);
});

for (const [words, errno] of [
  ['with a socket', 0],
  ['without one', EADDRINUSE],
] as const) {
  test(`an answer ${words} for a socket that is closed`, async (t) => {
    const { fd } = await holdDescriptor(t, 'udp4', '127.0.0.1');
    const shared = new Shared(fd);
    const answers: Answer[] = [];
    becomeWorker(t, (_owner, _request, answer) => answers.push(answer));
    const socket = open(t, 'udp4');
    const seen: string[] = [];
    for (const name of ['listening', 'error', 'close'] as const)
      socket.on(name, () => seen.push(name));
    socket.bind(0, '127.0.0.1');
    await turn();
    socket.close();
    assert.equal(answers.length, 1);
    answers[0]?.(errno, errno === 0 ? shared : null);
    await turn();
    assert.deepEqual(seen, ['close']);
    assert.equal(shared.closed, errno === 0 ? 1 : 0);
  });
}

test('a shared socket ends with its socket, and the socket with it', { skip }, async (t) => {
  const { fd, port } = await holdDescriptor(t, 'udp4', '127.0.0.1');
  for (const ends of ['close', 'disconnect']) {
    const shared = new Shared(fd);
    becomeWorker(t, (_owner, _request, answer) => answer(0, shared));
    const socket = open(t, 'udp4');
    await listen(socket, 0, '127.0.0.1');
    assert.equal(socket.address().port, port);
    const closed = once(socket, 'close');
    if (ends === 'close') socket.close();
    else shared.close();
    await closed;
    assert.equal(shared.closed, 1);
  }
});
