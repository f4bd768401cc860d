/**
 * Puts Volley in the place of `node:dgram` for a whole thread, without a change to the program:
 *
 *     node --import volley/register app.js
 *
 * `--require volley/register` does the same. Worker threads, cluster workers and forked processes inherit the flag;
 * `NODE_OPTIONS='--import volley/register'` reaches every Node that is started from here.
 *
 * `VOLLEY_REPORT=1` prints at exit what went through Volley.
 */
import dgram from './index.ts';
import { replaceNodeDgram } from './node-dgram/module.ts';
import { reportAtExit } from './report.ts';
import { allowSending } from './socket/transfer.ts';

// Another copy that came first has all of it: its sockets are what the program gets.
if (replaceNodeDgram(dgram)) {
  allowSending(dgram.Socket);
  reportAtExit();
}
