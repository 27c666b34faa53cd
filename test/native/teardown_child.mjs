// A process that ends in some untidy way while the engine is at work.
import { createRequire } from 'node:module';
import path from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const addon = require('node-gyp-build')(path.resolve(import.meta.dirname, '../..'));
const [, , scenario, folder] = process.argv;

function fill(value, sizes) {
  addon.ops.fill(sizes, value, 'f32', 'cpu');
  return addon.mailbox[0];
}
const file = (name) => path.join(folder ?? workerData.folder, `${name}.safetensors`);
const save = (name, x) => addon.writeSafetensors(file(name), ['x'], [x], [], []).promise;

/** Queues ops, reads, a save and a load, and waits for none of them. */
function busy() {
  const x = fill(1, [1 << 20]);
  for (let i = 0; i < 50; i++) {
    addon.ops.binary('add', x, x);
    addon.release(addon.mailbox[0]);
  }
  const ignore = () => {};
  addon.read(x).then(ignore, ignore);
  addon.sync('cpu').then(ignore, ignore);
  save(`busy_${Math.random()}`, x).then(ignore, ignore);
  addon.readSafetensors(file('whole'), 'cpu', 'bf16').promise.then(ignore, ignore);
}

const worker = () => new Worker(import.meta.filename, { workerData: { folder }, argv: process.argv.slice(2) });

const scenarios = {
  async exit() {
    busy();
    process.exit(7);
  },
  async throws() {
    busy();
    setTimeout(() => {
      throw new Error('on purpose');
    });
  },
  // The process stays until what was asked for is there.
  natural() {
    addon.readSafetensors(file('whole'), 'cpu').promise.then((tensors) => console.log(`read ${tensors.length}`));
  },
  // A read that is refused must not be waited for.
  refused() {
    const x = fill(1, [4]);
    addon.captureBegin('cpu');
    addon.read(x).catch((error) => console.log(error.code));
    addon.captureEnd();
  },
  async terminate() {
    for (let round = 0; round < 4; round++) {
      const workers = Array.from({ length: 4 }, worker);
      await Promise.all(workers.map((w) => new Promise((resolve) => w.once('message', resolve))));
      await Promise.all(workers.map((w) => w.terminate()));
    }
    const x = fill(3, [4]);
    const values = [...new Float32Array(await addon.read(x))];
    addon.release(x);
    await addon.sync('cpu');
    console.log(JSON.stringify({ values, liveBlocks: addon.memory('cpu').liveBlocks }));
  },
  // Workers that end by themselves, one after the main thread has nothing left to do.
  async outlive() {
    for (let i = 0; i < 3; i++) worker().once('message', () => console.log('worked'));
  },
};

if (isMainThread) {
  const whole = fill(2, [2 << 20]);
  await save('whole', whole);
  addon.release(whole);
  await scenarios[scenario]();
} else {
  busy();
  parentPort.postMessage('busy');
}
