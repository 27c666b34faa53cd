// Prints the C++ sources of one kind, relative to native/: engine (compiled once), simd (once per instruction set) or a
// set's name (*.avx512_bf16.cc, compiled for that set alone).
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const native = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../native');
const wanted = process.argv[2];
for (const folder of ['core', 'ops', 'cpu', 'io', 'text', 'napi']) {
  for (const file of readdirSync(path.join(native, folder), { recursive: true }).sort()) {
    if (!file.endsWith('.cc')) continue;
    const kind = /\.(\w+)\.cc$/.exec(file)?.[1] ?? 'engine';
    if (kind === wanted) console.log(path.posix.join(folder, file));
  }
}
