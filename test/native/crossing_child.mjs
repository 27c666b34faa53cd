// A process that drives the addon with a CUDA library of the parent's choosing (by environment) and prints what it saw
// as one JSON object.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const addon = require('node-gyp-build')(path.resolve(import.meta.dirname, '../..'));
const device = process.argv[3] ?? 'cuda:0';

const output = () => addon.mailbox[0];
function made(count) {
  if (count !== 1) throw new Error(`expected one output, got ${count}`);
  return output();
}
const fill = (value, size = 4) => made(addon.ops.fill([size], value, 'f32', device));
const plus = (x, y) => made(addon.ops.binary('add', x, y));
const read = (x) => addon.read(x).then((buffer) => [...new Float32Array(buffer)]);
const failure = async (call) => {
  try {
    await call();
    return 'none';
  } catch (error) {
    return { code: error.code, message: error.message };
  }
};

const scenarios = {
  info() {
    const { cudaDevices, cudaPath, cudaReason } = addon.engineInfo();
    return { cudaDevices, cudaPath, cudaReason };
  },
  async resolve() {
    return { name: addon.resolveDevice(device) };
  },
  open: () => failure(() => addon.resolveDevice(device)),

  async ops() {
    const x = fill(1.5);
    addon.fromHost(Float32Array.of(1, 2, 3, 4), 'f32', [4], device);
    const y = output();
    const sum = plus(x, y);
    addon.writeHost(y, Float32Array.of(9, 9, 9, 9));
    const values = { sum: await read(sum), later: await read(y), device: addon.deviceOf(sum) };
    for (const handle of [x, y, sum]) addon.release(handle);
    await addon.sync(device);
    addon.releaseCache(device);
    return { ...values, memory: addon.memory(device) };
  },

  // With submit=2: the second launch fails.
  async poison() {
    const healthy = fill(1);
    const broken = plus(healthy, healthy);
    const dependent = plus(broken, healthy);
    const fine = plus(healthy, healthy);
    const seen = {
      healthy: await read(healthy),
      broken: await failure(() => read(broken)),
      dependent: await failure(() => read(dependent)),
      fine: await read(fine),
      sync: await failure(() => addon.sync(device)),
      again: await failure(() => addon.sync(device)),
    };
    for (const handle of [healthy, broken, dependent, fine]) addon.release(handle);
    await addon.sync(device);
    addon.releaseCache(device);
    return seen;
  },

  // With reserve=3: two blocks, then none; a block given back can be used again.
  async memory() {
    const first = fill(1, 1024);
    const second = fill(2, 1024);
    const third = fill(3, 1024);
    const seen = { third: await failure(() => read(third)), second: (await read(second))[0] };
    addon.release(first);
    const fourth = fill(4, 1024);
    return { ...seen, fourth: (await read(fourth))[0] };
  },

  // Work is still queued, and memory held, when the process ends.
  async exit() {
    for (let i = 0; i < 200; i++) fill(i, 1 << 16);
    process.exit(0);
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
