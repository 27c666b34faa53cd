// Prints the C++ sources of one kind (engine: compiled once, simd: once per instruction set), relative to native/.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const native = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../native');
const wanted = process.argv[2] === 'simd';
for (const folder of ['core', 'ops', 'cpu', 'io', 'text', 'napi']) {
  for (const file of readdirSync(path.join(native, folder), { recursive: true }).sort()) {
    if (file.endsWith('.cc') && file.endsWith('.simd.cc') === wanted) console.log(path.posix.join(folder, file));
  }
}
