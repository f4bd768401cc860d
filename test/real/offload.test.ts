/** Segmentation offload, as the kernel is asked for it: groups out, merged datagrams in. */
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, describe, it } from 'node:test';
import { mostSegments } from '#volley/drivers/linux/offload.js';
import { noGroups, Witness } from './calls.ts';

const HERE = '127.0.0.1';
const THERE = '127.0.0.2';

const witness = new Witness();
after(() => witness.remove());

interface Datagram {
  readonly to: string;
  readonly size: number;
}

const to = (address: string, ...sizes: number[]): Datagram[] =>
  sizes.map((size) => ({ to: address, size }));

const repeated = (count: number, size: number, address = HERE): Datagram[] =>
  to(address, ...Array<number>(count).fill(size));

/** What leaves, as `length/segment`, of so many datagrams of one size and destination. */
function groupsOf(count: number, size: number): string[] {
  const most = mostSegments(release());
  const full = Array<string>(Math.floor(count / most)).fill(`${most * size}/${size}`);
  return [...full, `${(count % most) * size}/${size}`];
}

describe('datagrams of one tick', { skip: noGroups }, () => {
  it('leave in groups of one destination and size, in one call', async () => {
    const round = [
      ...repeated(10, 100),
      ...to(HERE, 50, 200, 200, 200, 7),
      ...to(THERE, 7, 7),
      ...to(HERE, 7),
    ];
    const { calls } = await witness.flow({ rounds: [round] });
    assert.deepEqual(calls.left, ['1050/100', '607/200', '14/7', '7/0']);
    assert.deepEqual(
      calls.sends.map(({ call, result }) => [call, result]),
      [['sendmmsg', 4]],
    );
  });

  it('leave in one sendmsg where one group is all there is', async () => {
    const { calls } = await witness.flow({ rounds: [repeated(64, 100)] });
    assert.deepEqual(calls.left, ['6400/100']);
    assert.deepEqual(
      calls.sends.map(({ call }) => call),
      ['sendmsg'],
    );
  });

  it('go without a control message where they are alone', async () => {
    const { calls } = await witness.flow({ rounds: [to(HERE, 100), to(HERE, 100)] });
    assert.deepEqual(calls.left, ['100/0', '100/0']);
  });

  it('leave in groups from a connected socket, a call each', async () => {
    const { calls } = await witness.flow({ rounds: [repeated(151, 100)], connected: true });
    assert.deepEqual(calls.left, ['100/0', ...groupsOf(150, 100)], 'the first one alone');
    assert(calls.sends.every(({ messages }) => messages[0]?.to === ''));
  });

  it('never have the option set on their socket', async () => {
    const { calls } = await witness.flow({ rounds: [repeated(64, 100)] });
    assert.deepEqual(new Set(calls.options), new Set(['UDP_GRO']));
  });
});

describe('switching offload off', { skip: noGroups }, () => {
  const flow = { rounds: [repeated(100, 50)] };

  for (const [how, sender, environment] of [
    ['VOLLEY_GSO=0', {}, { VOLLEY_GSO: '0' }],
    ['the option gso', { gso: false }, {}],
  ] as const) {
    it(`lets every datagram leave by itself: ${how}`, async () => {
      const { calls } = await witness.flow({ ...flow, sender }, environment);
      assert.deepEqual(calls.left, Array(100).fill('50/0'));
      assert.deepEqual(new Set(calls.options), new Set(['UDP_GRO']));
    });
  }

  for (const [how, options, environment] of [
    ['VOLLEY_GRO=0', {}, { VOLLEY_GRO: '0' }],
    ['the option gro', { gro: false }, {}],
  ] as const) {
    it(`never asks for merged datagrams: ${how}`, async () => {
      const sockets = { sender: options, receiver: options };
      const { calls } = await witness.flow({ ...flow, ...sockets }, environment);
      assert.deepEqual(calls.options, []);
      assert.deepEqual(calls.left, groupsOf(100, 50));
    });
  }
});

describe('a descriptor that others share', { skip: noGroups }, () => {
  it('is never switched to merged datagrams when it is taken over', async () => {
    const { result, calls } = await witness.run('shared-descriptor', ['adopted']);
    assert.deepEqual(result, { gro: 0, received: 64 });
    assert.deepEqual(calls.options, ['UDP_GRO'], 'that of the sender');
  });

  it('is never switched to them in a cluster', async () => {
    const { result, calls } = await witness.run('shared-descriptor', ['cluster']);
    assert.deepEqual(result, { gro: 0, received: 64 });
    assert.deepEqual(calls.options, ['UDP_GRO'], 'that of the sender');
  });

  it('is read right where its former owner switched it', async () => {
    const { result } = await witness.run('shared-descriptor', ['switched before']);
    assert.deepEqual(result, { gro: 1, received: 64 });
  });
});

describe('a route that refuses groups', { skip: noGroups }, () => {
  /** EIO: no checksum offload; EINVAL, EMSGSIZE: path MTU; EOPNOTSUPP: the device's driver. */
  const ERRNOS = { EIO: 5, EINVAL: 22, EMSGSIZE: 90, EOPNOTSUPP: 95 } as const;
  const rounds = Array.from({ length: 4 }, () => [
    ...repeated(20, 100, HERE),
    ...repeated(20, 100, THERE),
    ...repeated(3, 60, HERE),
    ...to(THERE, 30),
  ]);

  for (const [name, errno] of Object.entries(ERRNOS)) {
    for (const from of [1, 2, 3]) {
      it(`with ${name}, from group ${from} on: gets single datagrams, the others groups`, async () => {
        const { result, calls } = await witness.flow(
          { rounds },
          {
            REFUSE_ERRNO: `${errno}`,
            REFUSE_FROM: `${from}`,
            REFUSE_ADDRESS: HERE,
          },
        );
        assert.deepEqual(result.errors, []);
        const failing = calls.sends.filter((call) => call.result < 0);
        // What is larger than the size that was refused is not tried; what is smaller, once.
        assert(failing.length >= 1 && failing.length <= 2, `${failing.length} failing calls`);
        const last = calls.left.slice(-25);
        assert.equal(last.filter((message) => message === '100/0').length, 20, last.join(' '));
        assert.equal(last.filter((message) => message === '60/0').length, 3, last.join(' '));
        const others = calls.sends
          .flatMap(({ messages }) => messages)
          .filter((message) => message.to === THERE && message.segment > 0);
        assert(others.length >= rounds.length, 'the other destination');
      });
    }
  }

  for (const from of [1, 3]) {
    it(`from a connected socket, from group ${from} on`, async () => {
      const { result, calls } = await witness.flow(
        {
          // The first datagram to a peer goes alone.
          rounds: [to(HERE, 100), ...Array.from({ length: 4 }, () => repeated(20, 100))],
          connected: true,
        },
        { REFUSE_ERRNO: '5', REFUSE_FROM: `${from}` },
      );
      assert.deepEqual(result.errors, []);
      assert.equal(calls.sends.filter((call) => call.result < 0).length, 1);
      const groups = Array<string>(from - 1).fill('2000/100');
      const single = Array<string>((5 - from) * 20).fill('100/0');
      assert.deepEqual(calls.left, ['100/0', ...groups, ...single]);
    });
  }

  it('with another errno is no reason: it is the error of one datagram', async () => {
    const { result, calls } = await witness.flow(
      { rounds: [repeated(20, 100)] },
      { REFUSE_ERRNO: '101' },
    );
    assert(result.errors.length > 0);
    assert(result.errors.every(([, code]) => code === 'ENETUNREACH'));
    assert.equal(result.errors.length, calls.sends.filter((call) => call.result < 0).length);
  });
});

describe('what fails amid groups', { skip: noGroups }, () => {
  it('is one datagram that is too long, and no other', async () => {
    const round = [...repeated(20, 100), ...to(HERE, 65_508), ...repeated(20, 100)];
    const { result } = await witness.flow({ rounds: [round, round] });
    assert.deepEqual(result.errors, [
      [20, 'EMSGSIZE'],
      [61, 'EMSGSIZE'],
    ]);
  });

  it('is each of neighbours that are too long', async () => {
    const round = [...repeated(5, 100), ...repeated(3, 65_508), ...repeated(5, 100)];
    const { result, calls } = await witness.flow({ rounds: [round, repeated(5, 100)] });
    assert.deepEqual(
      result.errors.map(([number]) => number),
      [5, 6, 7],
    );
    assert.equal(calls.left.at(-1), '500/100', 'groups are still sent');
  });

  for (const every of [1, 2, 3, 7]) {
    it(`waits where message ${every} of ${every + 1} finds a full buffer`, async () => {
      const round = [...repeated(200, 100), ...to(THERE, 9, 9, 9), ...repeated(70, 40)];
      const { result } = await witness.flow(
        { rounds: [round, round] },
        { FULL_EVERY: `${every + 1}` },
      );
      assert.deepEqual(result.errors, []);
    });
  }

  it('waits where single datagrams of a refused group find a full buffer', async () => {
    const { result } = await witness.flow(
      { rounds: [repeated(100, 100), repeated(100, 100)] },
      { FULL_EVERY: '5', REFUSE_ERRNO: '5' },
    );
    assert.deepEqual(result.errors, []);
  });
});

describe('where sendmmsg does not work', { skip: noGroups }, () => {
  const round = [...repeated(70, 100), ...to(THERE, 50, 50), ...to(HERE, 7)];
  const groups = [...groupsOf(70, 100), '100/50', '7/0'];

  for (const [name, errno] of [
    ['ENOSYS', 38],
    ['EPERM', 1],
  ] as const) {
    it(`(${name}) groups leave by sendmsg; it is asked once`, async () => {
      const { calls } = await witness.flow(
        { rounds: [round, round, round] },
        { BATCH_ERRNO: `${errno}` },
      );
      assert.deepEqual(calls.left, [...groups, ...groups, ...groups]);
      assert.equal(calls.sends.filter(({ call }) => call === 'sendmmsg').length, 1);
    });
  }

  it('and says that it sent nothing, nobody asks for ever', async () => {
    const { calls } = await witness.flow({ rounds: [round] }, { BATCH_NOTHING: '1' });
    assert.deepEqual(calls.left, groups);
  });
});
