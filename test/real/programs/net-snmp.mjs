/**
 * net-snmp: an agent, and sessions of all three versions of SNMP that get, set and walk. With `--with-command`,
 * snmpget(1) and snmpwalk(1) ask the same agent.
 */
import assert from 'node:assert/strict';
import snmp from 'net-snmp';
import { called, freePort, inFlight, observe, output, rounds, withCommand } from './program.mjs';

const REQUESTS = rounds(400);
const AT_ONCE = 8;
const NAME = '1.3.6.1.2.1.1.5';
const TABLE = '1.3.6.1.2.1.2.2.1';
const ROWS = 50;
const USER = {
  name: 'volley',
  level: snmp.SecurityLevel.authPriv,
  authProtocol: snmp.AuthProtocols.sha,
  authKey: 'some authentication',
  privProtocol: snmp.PrivProtocols.aes,
  privKey: 'some privacy',
};

/**
 * @param {number} port
 * @param {{ errors: number }} seen
 */
function serve(port, seen) {
  const agent = snmp.createAgent({ port, address: '127.0.0.1' }, (error) => {
    if (error) seen.errors += 1;
  });
  const authorizer = agent.getAuthorizer();
  authorizer.addCommunity('public');
  authorizer.addUser(USER);
  const readWrite = snmp.MaxAccess['read-write'];
  const { Integer, OctetString } = snmp.ObjectType;
  agent.registerProvider({
    name: 'sysName',
    type: snmp.MibProviderType.Scalar,
    oid: NAME,
    scalarType: OctetString,
    maxAccess: readWrite,
  });
  agent.registerProvider({
    name: 'ifTable',
    type: snmp.MibProviderType.Table,
    oid: TABLE,
    maxAccess: snmp.MaxAccess['not-accessible'],
    tableColumns: [
      { number: 1, name: 'ifIndex', type: Integer, maxAccess: readWrite },
      { number: 2, name: 'ifDescr', type: OctetString, maxAccess: readWrite },
    ],
    tableIndex: [{ columnName: 'ifIndex' }],
  });
  const mib = agent.getMib();
  mib.setScalarValue('sysName', 'at first');
  for (let row = 1; row <= ROWS; row += 1) mib.addTableRow('ifTable', [row, `interface ${row}`]);
  return agent;
}

/** @param {number} port */
function open(port) {
  const common = { port, retries: 0, timeout: 10_000 };
  return {
    v1: snmp.createSession('127.0.0.1', 'public', { ...common, version: snmp.Version1 }),
    v2c: snmp.createSession('127.0.0.1', 'public', { ...common, version: snmp.Version2c }),
    v3: snmp.createV3Session('127.0.0.1', USER, { ...common, version: snmp.Version3 }),
  };
}

/**
 * @param {(callback: (error: unknown, varbinds: { oid: string, value: unknown }[]) => void) => void} call
 * @returns {Promise<string>} the first value
 */
function first(call) {
  return new Promise((resolve, reject) =>
    call((error, varbinds) => (error ? reject(error) : resolve(String(varbinds[0]?.value)))),
  );
}

/**
 * @param {import('net-snmp').Session} session
 * @returns {Promise<string[]>}
 */
function walk(session) {
  /** @type {string[]} */
  const values = [];
  const feed = (/** @type {{ value: unknown }[]} */ varbinds) => {
    values.push(...varbinds.map(({ value }) => String(value)));
  };
  return new Promise((resolve, reject) =>
    session.subtree(TABLE, 10, feed, (error) => (error ? reject(error) : resolve(values))),
  );
}

/** @param {number} port */
async function askedByNetSnmp(port) {
  const target = `127.0.0.1:${port}`;
  const how = ['-m', '', '-Oqv', '-r', '0', '-t', '5'];
  const user = ['-v3', '-u', USER.name, '-l', 'authPriv', '-a', 'SHA', '-A', USER.authKey];
  const privacy = ['-x', 'AES', '-X', USER.privKey];
  const name = `${NAME}.0`;
  const walked = await output('snmpwalk', ...how, '-v2c', '-c', 'public', target, TABLE);
  return {
    v1: await output('snmpget', ...how, '-v1', '-c', 'public', target, name),
    v2c: await output('snmpget', ...how, '-v2c', '-c', 'public', target, name),
    v3: await output('snmpget', ...how, ...user, ...privacy, target, name),
    rows: walked.match(/interface/g)?.length,
  };
}

await observe(async () => {
  const port = await freePort();
  const seen = { errors: 0 };
  const agent = serve(port, seen);
  const sessions = open(port);
  const type = snmp.ObjectType.OctetString;
  const renamed = await first((done) =>
    sessions.v2c.set([{ oid: `${NAME}.0`, type, value: 'renamed' }], done),
  );
  const all = Object.values(sessions);
  const row = (/** @type {number} */ index) => 1 + (index % ROWS);
  const values = await inFlight(REQUESTS, AT_ONCE, async (index) => {
    const oid = `${TABLE}.2.${row(index)}`;
    const session = all[index % all.length];
    const value = await first((done) => session?.get([oid], done));
    assert.equal(value, `interface ${row(index)}`);
    return value;
  });
  const next = await first((done) => sessions.v3.getNext([NAME], done));
  const bulk = await walk(sessions.v2c);
  const walked = await walk(sessions.v1);
  assert.deepEqual(walked, bulk);
  const command = withCommand ? await askedByNetSnmp(port) : undefined;
  for (const session of all) session.close();
  await called((done) => agent.close(() => done()));
  return { renamed, answered: values.length, next, walked, ...seen, command };
});
