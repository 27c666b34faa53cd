// What calls cost the JavaScript thread: node dist/bench/js/js_costs.js [--json FILE]. The last line is the result.
import { add, AutoTokenizer, device, noGrad, tensor, trainWordPiece } from 'gridstride';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { packageRoot } from '../../lib/util/package_info.js';
import { summarize } from '../../lib/util/statistics.js';
import { report } from '../report.js';
import { timeCall } from './time_call.js';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const CALLS = 100_000;
const CALLS_AT_ONCE = 2000;
const TEXT = 'The quick brown fox jumps over the lazy dog, again and again, until somebody else takes over. ';

/** Time of each of 10^5 `add` calls on 8 elements under `noGrad`; the queue drains between bursts, untimed. */
async function timeAddCalls(): Promise<BenchRow> {
  const cpu = device('cpu');
  const a = tensor([1, 2, 3, 4, 5, 6, 7, 8], { device: 'cpu' });
  const samples = new Float64Array(CALLS);
  for (let done = 0; done < CALLS + CALLS_AT_ONCE;) {
    await cpu.sync();
    noGrad(() => {
      for (let i = 0; i < CALLS_AT_ONCE; i++, done++) {
        const start = performance.now();
        const sum = add(a, a);
        const took = performance.now() - start;
        sum.dispose();
        // The first burst warms up.
        if (done >= CALLS_AT_ONCE) samples[done - CALLS_AT_ONCE] = took;
      }
    });
  }
  await cpu.sync();
  a.dispose();
  const { medianMs, minMs, iqrMs } = summarize([...samples]);
  return { name: 'add on 8 elements, one call', params: { calls: CALLS }, samples: [medianMs], medianMs, minMs, iqrMs };
}

/** The same calls with their `dispose`, timed in bursts: nothing of the clock is in it. */
async function timeAddBursts(): Promise<BenchRow> {
  const cpu = device('cpu');
  const a = tensor([1, 2, 3, 4, 5, 6, 7, 8], { device: 'cpu' });
  const samples: number[] = [];
  for (let burst = -1; burst < CALLS / CALLS_AT_ONCE; burst++) {
    await cpu.sync();
    const start = performance.now();
    noGrad(() => {
      for (let i = 0; i < CALLS_AT_ONCE; i++) add(a, a).dispose();
    });
    if (burst >= 0) samples.push((performance.now() - start) / CALLS_AT_ONCE);
  }
  await cpu.sync();
  a.dispose();
  return { name: 'add on 8 elements and dispose', params: { calls: CALLS }, ...summarize(samples) };
}

async function timeTokenizer(): Promise<BenchRow[]> {
  const folder = path.join(packageRoot(), '..', 'shared', 'tokenizers', 'bert-base-uncased-minilm');
  const isThere = existsSync(folder);
  const tokenizer = isThere
    ? await AutoTokenizer.fromPretrained(folder)
    : await trainWordPiece([TEXT], { minFrequency: 1 });
  const vocabulary = isThere ? 'bert-base-uncased' : 'of the text itself';
  const rows: BenchRow[] = [];
  for (const characters of [20, 200, 2000]) {
    const text = TEXT.repeat(Math.ceil(characters / TEXT.length)).slice(0, characters);
    const params = { characters, vocabulary };
    rows.push(await timeCall('tokenizer.encode', params, () => tokenizer.encode(text)));
    const { inputIds } = tokenizer.encode(text);
    rows.push(await timeCall('tokenizer.decode', params, () => tokenizer.decode(inputIds)));
  }
  return rows;
}

async function main(): Promise<void> {
  const rows = [await timeAddCalls(), await timeAddBursts(), ...(await timeTokenizer())];
  for (const { name, params, medianMs, iqrMs } of rows) {
    const told = Object.entries(params).map(([key, value]) => `${key} ${value}`);
    console.log(
      `${name} (${told.join(', ')}): ${(medianMs * 1e3).toFixed(2)} us, spread ${(iqrMs * 1e3).toFixed(2)} us`,
    );
  }
  await report({ bench: 'js', rows, file: values.json });
}

await main();
