// All workloads, in the order in which they run.
import { churn } from './churn.mjs';
import { cpu } from './cpu.mjs';
import { echo16, echo1000, echoLatency } from './echo.mjs';
import { fanOut } from './fan-out.mjs';
import { importTime } from './import-time.mjs';
import { flood } from './flood.mjs';
import { idleMemory, keptMemory } from './memory.mjs';
import { mixedSizes } from './mixed-sizes.mjs';
import { receive } from './receive.mjs';
import { scaling } from './scaling.mjs';
import { send } from './send.mjs';
import { sendMany } from './send-many.mjs';

/** @type {readonly import('../types.d.ts').Workload[]} */
export const workloads = [
  receive,
  send,
  sendMany,
  echoLatency,
  echo16,
  echo1000,
  fanOut,
  mixedSizes,
  cpu,
  idleMemory,
  keptMemory,
  scaling,
  churn,
  flood,
  importTime,
];
