/** What the tests of limits share: their own fixtures, and a network of their own. */
import { type Setting, verdict as verdictOf } from '../support.ts';

/** Runs one of the fixtures here, which must end well; the JSON object that it printed last. */
export function verdict(name: string, setting: Setting = {}): Promise<Record<string, unknown>> {
  return verdictOf(name, { ...setting, from: import.meta.url });
}

/** A command in front of others: a network namespace with the loopback up, once these have run. */
export function alone(...commands: readonly string[]): string[] {
  const all = ['ip link set lo up', ...commands, 'exec "$@"'];
  return ['unshare', '--net', 'sh', '-c', all.join(' && '), 'sh'];
}
