/** Runs cases on Volley and on node:dgram, and holds what came of them against what is right. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Outcome } from './fixtures/cases.ts';
import type { Shim, Target } from './support.ts';
import type { Expectation } from './table.ts';

/** Tells how many calls failed, for whoever reads the output. */
export async function compare(
  t: TestContext,
  shim: Shim,
  expected: readonly Expectation[],
  cold = false,
): Promise<void> {
  const shared = expected.filter((each) => each.shared);
  const [volley, node] = await Promise.all([
    shim.run('linux', expected, cold),
    shared.length > 0 ? shim.run('node', shared, cold) : [],
  ]);
  const differences = [...differ('linux', expected, volley), ...differ('node', shared, node)];
  assert.deepEqual(differences, []);
  const injected = volley.reduce((sum, outcome) => sum + outcome.injected, 0);
  t.diagnostic(`${expected.length} cases, ${injected} calls failed`);
}

function differ(
  target: Target,
  expected: readonly Expectation[],
  outcomes: readonly Outcome[],
): object[] {
  return expected.flatMap(({ trace, code, scenario, fault, least = 1, most = Infinity }, index) => {
    const outcome = outcomes[index];
    assert.ok(outcome);
    if (!outcome.there) return [];
    const wrong = [...outcome.wrong];
    if (outcome.injected < least) wrong.push(`only ${outcome.injected} calls failed`);
    if (outcome.injected > most) wrong.push(`${outcome.injected} calls failed`);
    if (JSON.stringify(outcome.trace) === JSON.stringify(trace) && wrong.length === 0) return [];
    const { call, from, times } = fault;
    const what = `${scenario}: ${call} ${code} from ${from}, ${times || 'all'} times`;
    return [{ target, what, expected: trace, found: outcome.trace, wrong }];
  });
}
