/** As much of the packages without types as the programs here use. */

declare module 'multicast-dns' {
  import type { EventEmitter } from 'node:events';
  import type { RemoteInfo } from 'node:dgram';

  type Record =
    | { name: string; type: 'A'; ttl: number; data: string }
    | { name: string; type: 'TXT'; ttl: number; data: (string | Buffer)[] }
    | {
        name: string;
        type: 'SRV';
        ttl: number;
        data: { target: string; port: number; priority: number; weight: number };
      };

  interface Packet {
    questions: { name: string; type: string }[];
    answers: Record[];
  }

  interface Peer extends EventEmitter {
    on(event: 'query' | 'response', listener: (packet: Packet, source: RemoteInfo) => void): this;
    on(event: 'warning', listener: (error: Error) => void): this;
    query(name: string, type: string): void;
    respond(answers: Record[]): void;
    destroy(callback: (error?: unknown) => void): void;
  }

  export default function multicastDns(options: {
    port: number;
    interface: string;
    bind: string;
  }): Peer;
}

declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events';

  export default class DHT extends EventEmitter {
    constructor(options: { nodeId: Buffer; host: string; bootstrap: false | string[] });
    on(event: 'peer', listener: (peer: Peer, infoHash: Buffer) => void): this;
    on(event: 'error' | 'warning', listener: (error: Error) => void): this;
    listen(port: number, address: string): void;
    address(): { address: string; port: number };
    addNode(node: Peer): void;
    announce(infoHash: Buffer, port: number, callback: (error: unknown) => void): void;
    lookup(infoHash: Buffer, callback: (error: unknown) => void): void;
    destroy(callback: (error?: unknown) => void): void;
  }

  interface Peer {
    host: string;
    port: number;
  }
}

declare module 'net-snmp' {
  interface Varbind {
    oid: string;
    type?: number;
    value: unknown;
  }
  type Callback = (error: unknown, varbinds: Varbind[]) => void;

  interface User {
    name: string;
    level: number;
    authProtocol: string;
    authKey: string;
    privProtocol: string;
    privKey: string;
  }

  export interface Session {
    get(oids: string[], callback: Callback): void;
    getNext(oids: string[], callback: Callback): void;
    set(varbinds: Varbind[], callback: Callback): void;
    subtree(
      oid: string,
      maxRepetitions: number,
      feed: (varbinds: Varbind[]) => void,
      done: (error: unknown) => void,
    ): void;
    close(): void;
  }

  interface Agent {
    getAuthorizer(): { addCommunity(name: string): void; addUser(user: User): void };
    registerProvider(provider: object): void;
    getMib(): {
      setScalarValue(provider: string, value: string): void;
      addTableRow(provider: string, row: (number | string)[]): void;
    };
    close(callback: (error?: unknown) => void): void;
  }

  interface SessionOptions {
    port: number;
    retries: number;
    timeout: number;
    version: number;
  }

  const snmp: {
    Version1: number;
    Version2c: number;
    Version3: number;
    SecurityLevel: { authPriv: number };
    AuthProtocols: { sha: string };
    PrivProtocols: { aes: string };
    MaxAccess: { 'read-write': number; 'not-accessible': number };
    ObjectType: { Integer: number; OctetString: number };
    MibProviderType: { Scalar: number; Table: number };
    createAgent(
      options: { port: number; address: string },
      callback: (error: unknown) => void,
    ): Agent;
    createSession(target: string, community: string, options: SessionOptions): Session;
    createV3Session(target: string, user: User, options: SessionOptions): Session;
  };
  export default snmp;
}

declare module 'node-ssdp' {
  import type { Socket } from 'node:dgram';
  import type { EventEmitter } from 'node:events';

  type Headers = { [name in 'ST' | 'USN' | 'NTS' | 'LOCATION']: string };
  interface Options {
    ssdpPort: number;
    sourcePort?: number;
  }

  interface ServerOptions {
    udn: string;
    location: string;
    ssdpSig: string;
    headers: { [name: string]: string };
  }

  class Server extends EventEmitter {
    constructor(options: Options & ServerOptions);
    on(event: string, listener: (headers: Headers) => void): this;
    sockets: { [address: string]: Socket };
    addUSN(name: string): void;
    start(): Promise<void>;
    advertise(alive: boolean): void;
    stop(): void;
  }

  class Client extends EventEmitter {
    constructor(options: Options & { explicitSocketBind: boolean });
    on(event: 'response', listener: (headers: Headers, code: number) => void): this;
    start(): Promise<void>;
    search(service: string): void;
    stop(): void;
  }

  const ssdp: { Server: typeof Server; Client: typeof Client };
  export default ssdp;
}
