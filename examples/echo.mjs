/**
 * An echo server (RFC 862): every datagram goes back to where it came from.
 *
 *     node examples/echo.mjs [port] [address]
 *
 * The port defaults to 7007 and the address to ::, which takes IPv4 and IPv6 alike.
 */
import { isIPv4 } from 'node:net';
import dgram from 'volley';

const port = Number(process.argv[2] ?? 7007);
const address = process.argv[3] ?? '::';

const server = dgram.createSocket(isIPv4(address) ? 'udp4' : 'udp6');

server.on('message', (message, peer) => {
  server.send(message, peer.port, peer.address);
});

// A reply that cannot leave (its network is gone, say) is no reason to stop serving the others.
server.on('error', (error) => console.error(error.message));

server.bind(port, address, () => {
  const bound = server.address();
  console.log(`listening on ${bound.address} port ${bound.port}`);
  console.log(`try: socat - UDP:localhost:${bound.port}`);
});
