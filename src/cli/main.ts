#!/usr/bin/env node
/**
 * The `volley` command.
 *
 *     volley doctor [--json]
 *     volley --help
 *     volley --version
 *
 * Exit codes: 0; 1 where `doctor` finds that the native driver does not work on a Linux; 2 where the
 * command line is wrong.
 */
import { parseArgs } from 'node:util';
import { doctor } from './doctor/index.ts';
import { volleyVersion } from './doctor/runtime.ts';

const USAGE = `Usage: volley <command>

  volley doctor           what driver sockets get and why, what the kernel offers, what to set
  volley doctor --json    the same facts as JSON
  volley --help
  volley --version
`;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has read enough (`| head -1`).
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  try {
    const { values, positionals } = parse(words);
    if (values.help) return say(USAGE);
    if (values.version) return say(`${volleyVersion() ?? 'unknown'}\n`);
    const [command, ...rest] = positionals;
    if (command === undefined) return complain('a command is missing');
    if (command !== 'doctor') return complain(`there is no command "${command}"`);
    if (rest.length > 0) return complain(`doctor takes no "${rest[0]}"`);
    return await doctor({ json: values.json });
  } catch (error) {
    // Behind the first sentence is advice for words that begin with a dash, of which there are none here.
    if (isOfArguments(error)) return complain(error.message.split('. ')[0] ?? '');
    throw error;
  }
}

function parse(words: string[]): {
  values: { help: boolean; version: boolean; json: boolean };
  positionals: string[];
} {
  return parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
      json: { type: 'boolean', default: false },
    },
  });
}

function isOfArguments(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  );
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

function complain(reason: string): number {
  process.stderr.write(`volley: ${reason}\n\n${USAGE}`);
  return 2;
}
