import fc from 'fast-check';

/** VOLLEY_TEST_FULL=1 tries ten times as many inputs. */
const SCALE = process.env['VOLLEY_TEST_FULL'] === '1' ? 10 : 1;

/** VOLLEY_TEST_SEED=… repeats a run. */
export const seed: number = readSeed();

function readSeed(): number {
  const { VOLLEY_TEST_SEED: given = '' } = process.env;
  if (given === '') return Math.floor(Math.random() * 0x7fff_ffff);
  const value = Number(given);
  if (Number.isInteger(value)) return value;
  throw new Error(`VOLLEY_TEST_SEED must be an integer, not '${given}'`);
}

/** What a test tells of its inputs. Part of `TestContext`. */
interface Reporter {
  diagnostic(message: string): void;
}

type Judge<Input> = (input: Input) => Promise<string | undefined>;

export interface Search<Input> {
  readonly inputs: fc.Arbitrary<Input>;
  /** Inputs that the short form tries. */
  readonly runs: number;
  /** What is wrong with an input, for people to read; nothing where all is well. */
  readonly judge: Judge<Input>;
  /** How many calls an input is, for the count; by default 1. */
  readonly weigh?: (input: Input) => number;
  /** Inputs that have a step less: fast-check keeps some that do not matter, at the ends of lists. */
  readonly shorten?: (input: Input) => Input[];
}

/** Looks for an input that `judge` finds something wrong with; fails with the smallest like it. */
export async function search<Input>(t: Reporter, search: Search<Input>): Promise<void> {
  const { inputs, runs, judge, weigh = () => 1 } = search;
  let tried = 0;
  const property = fc.asyncProperty(inputs, async (input) => {
    tried += weigh(input);
    const wrong = await confirmed(judge, input);
    if (wrong !== undefined) throw new Error(wrong);
  });
  const details = await fc.check(property, { seed, numRuns: runs * SCALE });
  t.diagnostic(`${tried} inputs, VOLLEY_TEST_SEED=${seed}`);
  if (!details.failed) return;
  const found = details.counterexample?.[0];
  const shortest = found === undefined ? undefined : await shortened(found, search);
  const verdict = shortest ?? String(details.errorInstance);
  throw new Error(`${verdict}\n\nVOLLEY_TEST_SEED=${seed} repeats it`);
}

/** How often an input has to be wrong. On a busy machine a turn of the loop may end anywhere, now and then. */
const CONFIRMATIONS = 3;

async function confirmed<Input>(judge: Judge<Input>, input: Input): Promise<string | undefined> {
  let verdict = await judge(input);
  for (let time = 1; verdict !== undefined && time < CONFIRMATIONS; time += 1)
    verdict = await judge(input);
  return verdict;
}

/** What is wrong with the smallest input that is left when steps are taken from `found`. */
async function shortened<Input>(
  found: Input,
  { judge, shorten = () => [] }: Search<Input>,
): Promise<string | undefined> {
  let verdict = await confirmed(judge, found);
  let candidates = verdict === undefined ? [] : shorten(found);
  for (let next = candidates.shift(); next !== undefined; next = candidates.shift()) {
    const wrong = await confirmed(judge, next);
    if (wrong === undefined) continue;
    verdict = wrong;
    candidates = shorten(next);
  }
  return verdict;
}

/** `list` without one of its elements, for each of them. */
export function withoutOne<Element>(list: readonly Element[]): Element[][] {
  return list.map((_element, place) => list.toSpliced(place, 1));
}
