// The shapes that the runner, the table of contestants and the workloads share.
import type { Child } from './runner/child.mjs';

export type ContestantId = 'volley' | 'volley-batches' | 'node' | 'bun' | 'deno' | 'c';

/** What a process is asked to be; `bench/contestants/` and `bench/reference/` play them. */
export type Role =
  | 'sink'
  | 'source'
  | 'echo'
  | 'idle'
  | 'keep'
  | 'ring'
  | 'churn'
  | 'import'
  | 'flooded';

/** What not every API offers. */
export type Ability = 'connect' | 'receive-buffer';

export type Options = Record<string, string | number>;

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Contestant {
  readonly id: ContestantId;
  readonly roles: readonly Role[];
  readonly abilities: readonly Ability[];
  command(role: Role, options: Options): Command;
}

/** What the programs of a run are, where they lie, and what they call themselves. */
export interface Programs {
  readonly node: Program;
  readonly reference: Program;
  readonly bun: Program | Missing;
  readonly deno: Program | Missing;
  /** The path of Volley's module. */
  readonly volley: string;
}

export interface Program {
  readonly file: string;
  readonly version: string;
}

export interface Missing {
  readonly missing: string;
}

/** A figure that a workload yields for each contestant. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  /** How to write it: a rate, a time, bytes. */
  readonly unit: 'per second' | 'µs' | 'ms' | 'bytes' | 'CPU s a million';
  readonly better: 'higher' | 'lower';
}

/** What one measurement found. */
export interface Measured {
  readonly figures: Readonly<Record<string, number>>;
  /** What must not be: datagrams altered, or lost where none may be. */
  readonly faults: readonly string[];
  /** Datagrams that did not arrive where some may be lost. */
  readonly lost?: number;
}

export interface Case {
  readonly name: string;
  /** Contestants whose API offers what the case asks for, when not all of the workload's. */
  readonly needs?: Ability;
  measure(bench: Bench): Promise<Measured>;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The first is the one that ratios and charts are made of. */
  readonly figures: readonly Figure[];
  readonly contestants: readonly ContestantId[];
  cases(settings: Settings): readonly Case[];
}

export interface Settings {
  readonly quick: boolean;
  readonly rounds: number;
  /** How long a measurement counts, in seconds. */
  readonly seconds: number;
  /** How long before that everything runs already, in seconds. */
  readonly warmup: number;
}

/** What a workload may do: start the contestant that is measured, and its peers. */
export interface Bench {
  readonly contestant: Contestant;
  readonly settings: Settings;
  start(role: Role, options: Options): Child;
  peer(mode: string, options: Options): Child;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly values: readonly number[];
}

/** What all rounds of a case found for one contestant. */
export interface Outcome {
  readonly contestant: ContestantId;
  readonly figures: Readonly<Record<string, Spread>>;
  readonly lost: number;
  readonly faults: readonly string[];
  readonly unavailable?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly outcomes: readonly Outcome[];
}

export interface WorkloadResult {
  readonly workload: string;
  readonly title: string;
  readonly description: string;
  readonly figures: readonly Figure[];
  readonly settings: Settings;
  readonly date: string;
  readonly cases: readonly CaseResult[];
}

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly pinned: string;
  /** The load average of the minute before the run. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}
