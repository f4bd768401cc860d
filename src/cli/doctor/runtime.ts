/** What runs us. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Known, RuntimeFacts } from './facts.ts';

export function runtimeFacts(): { volley: Known<string>; runtime: RuntimeFacts } {
  const { bun, deno, node } = process.versions;
  return {
    volley: volleyVersion(),
    runtime: {
      name: bun ? 'Bun' : deno ? 'Deno' : 'Node',
      version: bun ?? deno ?? node,
      platform: process.platform,
      arch: process.arch,
      libc: libc(),
    },
  };
}

/** Volley's version, from its package.json; `null` where that did not come along. */
export function volleyVersion(): Known<string> {
  try {
    // By its own name: this module may lie anywhere in the package.
    const { version }: { version?: unknown } = createRequire(import.meta.url)(
      'volley/package.json',
    );
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

function libc(): Known<string> {
  if (process.platform !== 'linux') return null;
  const version = glibcVersion();
  if (version) return `glibc ${version}`;
  try {
    // As node-gyp-build tells which addon to load.
    return existsSync('/etc/alpine-release') ? 'musl' : null;
  } catch {
    return null;
  }
}

/** Only a Node that was linked to glibc reports it. */
function glibcVersion(): string | undefined {
  try {
    const report: { header?: { glibcVersionRuntime?: string } } = Object(
      process.report.getReport(),
    );
    return report.header?.glibcVersionRuntime;
  } catch {
    return undefined;
  }
}
