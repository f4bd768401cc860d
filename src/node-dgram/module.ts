/** The real `node:dgram`, and Volley in its place. */
import dgram from 'node:dgram';
import { syncBuiltinESMExports } from 'node:module';

type Module = Pick<typeof dgram, 'createSocket' | 'Socket'>;

/** Where a swap leaves what it took out, for every copy of Volley in this thread to find. */
const kOriginal: unique symbol = Symbol.for('volley.node-dgram');

/** What Node itself exports, whether or not Volley is in its place. */
export const nodeDgram: Module = original() ?? {
  createSocket: dgram.createSocket,
  Socket: dgram.Socket,
};

function original(): Module | undefined {
  const value: unknown = Reflect.get(dgram, kOriginal);
  return isModule(value) ? value : undefined;
}

function isModule(value: unknown): value is Module {
  return (
    typeof value === 'object' && value !== null && 'createSocket' in value && 'Socket' in value
  );
}

/** Something else that `node:dgram` exports, on some lines; `undefined` where it does not. */
export function moduleMember(name: string): unknown {
  return Reflect.get(dgram, name);
}

function frozen(): Error {
  const message =
    'volley/register cannot replace node:dgram, since something that was loaded before has frozen it. ' +
    'Put --import volley/register before the other --import and --require flags.';
  return Object.assign(new TypeError(message), { code: 'ERR_VOLLEY_FROZEN' });
}

/**
 * From now on, whoever imports or requires `node:dgram` in this thread gets `by`. Returns false
 * where another copy of Volley has done so already.
 *
 * The one object that Node exports is changed, since everything comes to it: `require`, `import`,
 * `process.getBuiltinModule`, modules that were loaded earlier, sandboxes such as Jest's, and Node
 * itself, which makes sockets of what `process.send` passes on. Hooks of the module loader
 * (`module.registerHooks`) see the first two only, and Node 20 has none that work for both.
 */
export function replaceNodeDgram(by: Readonly<Record<keyof Module, unknown>>): boolean {
  if (original()) return false;
  if (!Object.isExtensible(dgram)) throw frozen();
  Object.assign(dgram, { createSocket: by.createSocket, Socket: by.Socket });
  Object.defineProperty(dgram, kOriginal, { value: nodeDgram });
  // For `import { createSocket } from 'node:dgram'`.
  syncBuiltinESMExports();
  return true;
}
