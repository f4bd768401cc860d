// Makes dist/ of src/.
import { buildSources } from './build.mjs';

const wrong = buildSources();
if (wrong !== '') {
  console.error(wrong);
  process.exitCode = 1;
}
