// Compiles native/ to native/build/Release/volley.node, where src/drivers/linux looks for it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const product = join('native', 'build', 'Release', 'volley.node');

/** A directory whose include/node holds Node's headers; undefined lets node-gyp download them. */
function findHeaders() {
  if (process.env.npm_config_nodedir) {
    return process.env.npm_config_nodedir;
  }
  const prefix = dirname(dirname(process.execPath));
  const holdsHeaders = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  return holdsHeaders ? prefix : process.env.VOLLEY_NODEDIR;
}

/** `build` leaves to make's timestamps what must be compiled; `rebuild` would compile it all. */
function build() {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const headers = findHeaders();
  const options = ['--directory', 'native', ...(headers ? ['--nodedir', headers] : [])];
  return spawnSync(process.execPath, [nodeGyp, 'configure', 'build', ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

if (process.platform === 'linux') {
  const result = build();
  if (result.status === 0 && existsSync(join(root, product))) {
    console.log(`native driver: ${product}`);
  } else {
    console.error(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`);
    console.error(
      'The native driver did not compile. It needs a C compiler, make and Python 3\n' +
        '(Debian: apt-get install g++ make python3) and the headers of this Node, found at\n' +
        'npm_config_nodedir, beside the node binary, at VOLLEY_NODEDIR, or downloaded.',
    );
    process.exitCode = 1;
  }
} else {
  console.log(
    `native driver: only for Linux, not ${process.platform}; the builtin driver will be used`,
  );
}
