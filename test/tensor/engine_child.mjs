// Runs against the addon alone, in a process or a worker thread of its own: `node engine_child.mjs <what>`.
import { createRequire } from 'node:module';
import path from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const addon = require('node-gyp-build')(path.resolve(import.meta.dirname, '../..'));
const first = () => addon.mailbox[0];

function upload(data, shape) {
  addon.fromHost(data, 'f32', shape, 'cpu');
  return first();
}

/** Seconds of matrix products in the queue. */
function queueLots(count = 200) {
  const x = upload(new Float32Array(512 * 512), [512, 512]);
  for (let i = 0; i < count; i++) {
    addon.ops.matmul_forward(x, x, false, false, 1);
    addon.release(first());
  }
  return x;
}

const actions = {
  exitWhileQueued() {
    queueLots();
    process.exit(0);
  },
  endWhileQueued() {
    queueLots();
  },
  exitWhileReading() {
    void addon.read(queueLots());
    process.exit(0);
  },
  async failWithStack() {
    addon.fromHost(Int32Array.of(1), 'i32', [1], 'cpu');
    addon.ops.binary_scalar('div', first(), 0, false);
    try {
      await addon.read(first());
    } catch (error) {
      console.log(error.message);
    }
  },
};

/** Doubles a shared tensor many times and posts the last result. */
async function workOnShared({ token, rounds, exitEarly }) {
  addon.adopt(token, 0);
  const shared = first();
  let result = shared;
  for (let i = 0; i < rounds; i++) {
    addon.ops.binary_scalar('add', shared, i, false);
    if (result !== shared) addon.release(result);
    result = first();
  }
  if (exitEarly) {
    queueLots(50);
    process.exit(0);
  }
  const { liveBytes } = addon.memory('cpu');
  parentPort.postMessage({ data: new Float32Array(await addon.read(result)), liveBytes });
}

if (isMainThread) await actions[process.argv[2]]();
else await workOnShared(workerData);
