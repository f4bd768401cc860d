/** What the tests of limits share: their own fixtures. */
import { type Setting, verdict as verdictOf } from '../support.ts';

/** Runs one of the fixtures here, which must end well; the JSON object that it printed last. */
export function verdict(name: string, setting: Setting = {}): Promise<Record<string, unknown>> {
  return verdictOf(name, { ...setting, from: import.meta.url });
}
