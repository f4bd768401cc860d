/** What is mutated, and how; `main.mjs` starts it. Paths are relative to the root of the repository. */

export default {
  mutate: ['src/socket.ts', 'src/socket/**/*.ts', 'src/engine/**/*.ts'],
  plugins: ['./scripts/mutation/runner.mjs'],
  testRunner: 'node-test',
  coverageAnalysis: 'perTest',
  // All mutants are in one build, each switched on by an environment variable.
  buildCommand: 'node scripts/mutation/build.mjs',
  disableTypeChecks: 'src/**/*.ts',
  // Stryker would rewrite its paths, with the API that TypeScript had before 7. The copy is complete, so they hold.
  tsconfigFile: 'none',
  ignorePatterns: ['/bench', '/build', '/demo', '/dist', '/docs', '/native/prebuilds'],
  symlinkNodeModules: false,
  tempDirName: 'build/mutation',
  incrementalFile: 'build/mutants/incremental.json',
  reporters: ['json', 'html', 'progress-append-only'],
  jsonReporter: { fileName: 'build/mutants/report.json' },
  htmlReporter: { fileName: 'build/mutants/report.html' },
  concurrency: 2,
  // The runner ends test files that hang; this is for a runner that hangs itself.
  timeoutMS: 600_000,
  dryRunTimeoutMinutes: 10,
  allowConsoleColors: false,
  allowEmpty: true,
};
