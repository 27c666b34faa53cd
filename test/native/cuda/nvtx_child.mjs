// A process on the emulated device that runs two ops: one of them traced.
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');
const { mul, tensor, trace } = await import(path.join(root, 'dist/lib/index.js'));
const x = tensor([1, 2, 3], { device: 'cuda' });
await mul(x, x).data();
const { result } = await trace(() => mul(x, 2), { device: 'cuda' });
process.stdout.write(JSON.stringify(await result.toArray()));
