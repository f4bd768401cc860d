/** `volley doctor`: says what driver sockets get and why, what the kernel offers, and what to set. */
import { gatherFacts } from './facts.ts';
import { findings, isWell } from './findings.ts';
import { screen } from './text.ts';

/** Prints it. Returns the exit code: 1 where the native driver does not work on a Linux, or no socket does. */
export async function doctor({ json }: { json: boolean }): Promise<number> {
  const facts = await gatherFacts();
  const found = findings(facts);
  process.stdout.write(json ? `${JSON.stringify(facts, null, 2)}\n` : screen(facts, found));
  return isWell(found) ? 0 : 1;
}
