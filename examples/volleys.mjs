/**
 * Volley's own way: whole batches in and out.
 *
 *     node examples/volleys.mjs collect [port] [address]
 *     node examples/volleys.mjs send count port [address]
 *
 * `collect` counts datagrams and bytes by source and prints a line for each second in which any came;
 * `send` sends so many, as fast as the system takes them, and says how many left.
 */
import dgram from 'volley';

const [command, ...rest] = process.argv.slice(2);
if (command === 'collect') collect(Number(rest[0] ?? 9125), rest[1] ?? '127.0.0.1');
else if (command === 'send') send(Number(rest[0]), Number(rest[1]), rest[2] ?? '127.0.0.1');
else throw new Error('say collect or send, see the top of this file');

/**
 * @param {number} port
 * @param {string} address
 */
function collect(port, address) {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  /** @type {Map<string, { datagrams: number, bytes: number }>} */
  const sources = new Map();
  socket.on('messages', (batch) => {
    for (let index = 0; index < batch.length; index += 1) {
      const name = `${batch.address(index)}:${batch.port(index)}`;
      const source = sources.get(name) ?? { datagrams: 0, bytes: 0 };
      source.datagrams += 1;
      source.bytes += batch.size(index);
      sources.set(name, source);
    }
  });
  socket.bind(port, address, () => console.log('collecting on', socket.address()));
  setInterval(() => {
    for (const [name, { datagrams, bytes }] of sources) {
      console.log(`${name}: ${datagrams} datagrams, ${bytes} bytes`);
    }
    sources.clear();
  }, 1000);
}

/**
 * @param {number} count
 * @param {number} port
 * @param {string} address
 */
function send(count, port, address) {
  const socket = dgram.createSocket('udp4');
  const payloads = Array.from({ length: Math.min(count, 1000) }, (_, index) => `number ${index}`);
  let accepted = 0;
  let sent = 0;

  function sendOn() {
    while (accepted < count) {
      const volley = payloads.slice(0, count - accepted);
      const taken = socket.sendMany(volley, port, address, (error, left) => {
        if (error) console.error(error.message);
        sent += left;
      });
      accepted += taken;
      if (taken < volley.length) {
        // The queue is full: the system takes no more for now.
        socket.once('drain', sendOn);
        return;
      }
    }
    socket.close(() => console.log(`${sent} sent`));
  }
  sendOn();
}
