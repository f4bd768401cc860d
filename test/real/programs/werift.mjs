/** werift: two WebRTC peers and a data channel over ICE, DTLS and SCTP, messages both ways. */
import { RTCPeerConnection } from 'werift';
import { observe, rounds } from './program.mjs';

const MESSAGES = rounds(1_000);
/** Few enough that no receive buffer overflows: how SCTP takes losses is not the question here. */
const UNDER_WAY = 16;
/** More than one datagram takes: SCTP cuts it and puts it together again. */
const LARGE = Buffer.alloc(60_000, 'volley');

function open() {
  return new RTCPeerConnection({
    iceServers: [],
    iceUseIpv6: false,
    iceInterfaceAddresses: { udp4: '127.0.0.1' },
    iceAdditionalHostAddresses: ['127.0.0.1'],
  });
}

await observe(async () => {
  const [left, right] = [open(), open()];
  const channel = left.createDataChannel('volley');
  const opened = channel.stateChanged.watch((state) => state === 'open');
  const remote = right.onDataChannel.asPromise();
  await left.setLocalDescription(await left.createOffer());
  if (left.localDescription) await right.setRemoteDescription(left.localDescription);
  await right.setLocalDescription(await right.createAnswer());
  if (right.localDescription) await left.setRemoteDescription(right.localDescription);
  await opened;
  const [echo] = await remote;

  const seen = { there: 0, back: 0, inOrder: true, large: false };
  echo.onMessage.subscribe((data) => {
    seen.there += 1;
    echo.send(data);
  });
  let sent = 0;
  const sendOn = () => {
    if (sent === MESSAGES && seen.back === MESSAGES) channel.send(LARGE);
    for (; sent < Math.min(seen.back + UNDER_WAY, MESSAGES); sent += 1) {
      channel.send(`message ${sent}`);
    }
  };
  const allBack = new Promise((resolve) => {
    channel.onMessage.subscribe((data) => {
      if (Buffer.isBuffer(data)) {
        seen.large = data.equals(LARGE);
        return resolve(undefined);
      }
      seen.inOrder &&= data === `message ${seen.back}`;
      seen.back += 1;
      sendOn();
    });
  });
  sendOn();
  await allBack;
  const { connectionState, iceConnectionState } = left;
  await Promise.all([left.close(), right.close()]);
  return { ...seen, connectionState, iceConnectionState, label: echo.label };
});
