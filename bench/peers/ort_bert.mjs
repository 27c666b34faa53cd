// Times onnxruntime-node on the graphs of export_onnx.py: the rival as a Node process would run it. Options and output
// are those of ort_bert.py; onnxruntime-node comes from bench/package.json (npm ci --ignore-scripts --prefix bench).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';

const DOT_NAMES = ['dot0', 'dot1', 'dot2'];

/** 32-bit FNV-1a, as in test/golden/weights.ts (this file runs without a build). */
function fnv1a(text) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

function hashU32(seed, index) {
  let x = (seed + Math.imul(index, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Ids from a hash, a mask of ones, token types of zeros: (batch, seq) i64, the i32 twins where a graph wants them. */
function makeFeeds(session, vocabSize, batch, seq) {
  const seed = fnv1a('bench.ids');
  const values = {
    input_ids: Array.from({ length: batch * seq }, (_, i) => 1 + ((hashU32(seed, i) >>> 8) % (vocabSize - 1))),
    attention_mask: new Array(batch * seq).fill(1),
    token_type_ids: new Array(batch * seq).fill(0),
  };
  return Object.fromEntries(
    session.inputMetadata.map(({ name, type }) => {
      const data = type === 'int32' ? Int32Array.from(values[name]) : BigInt64Array.from(values[name], BigInt);
      return [name, new ort.Tensor(type, data, [batch, seq])];
    }),
  );
}

/** [l2 norm, three dot products with probe vectors, first value, last value]. */
function summarize(values) {
  const seeds = DOT_NAMES.map(fnv1a);
  const dots = [0, 0, 0];
  let squares = 0;
  values.forEach((value, i) => {
    squares += value * value;
    seeds.forEach((seed, k) => (dots[k] += value * ((hashU32(seed, i) >>> 16) / 32768 - 1)));
  });
  return [Math.sqrt(squares), ...dots, values[0], values.at(-1)];
}

/** Peak resident memory of this process, in bytes. */
function peakMemory() {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return line === null ? 0 : Number(line[1]) * 1024;
}

/** The p-quantile of sorted samples, interpolated. */
function quantile(sorted, p) {
  const position = (sorted.length - 1) * p;
  const low = sorted[Math.floor(position)];
  return low + (sorted[Math.ceil(position)] - low) * (position % 1);
}

function readOptions() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      cache: { type: 'string' },
      variant: text('optimized'),
      batch: text('8'),
      seq: text('128'),
      threads: text('2'),
      runs: text('7'),
      warmup: text('2'),
      interactive: { type: 'boolean', default: false },
    },
  });
  if (values.cache === undefined) throw new Error('ort_bert: --cache must name a folder of export_onnx.py');
  const { cache, variant, interactive } = values;
  const [batch, seq, threads, runs, warmup] = ['batch', 'seq', 'threads', 'runs', 'warmup'].map((k) =>
    Number(values[k]),
  );
  return { cache, variant, interactive, batch, seq, threads, runs, warmup };
}

async function timed(session, feeds) {
  const start = performance.now();
  await session.run(feeds);
  return performance.now() - start;
}

const { cache, variant, interactive, batch, seq, threads, runs, warmup } = readOptions();
const { vocabSize } = JSON.parse(readFileSync(join(cache, 'export.json'), 'utf8'));
const session = await ort.InferenceSession.create(join(cache, `${variant}.onnx`), {
  executionProviders: ['cpu'],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
});
const feeds = makeFeeds(session, vocabSize, batch, seq);
const { last_hidden_state: output } = await session.run(feeds);
const report = {
  peer: 'onnxruntime',
  version: ort.env.versions.node,
  language: 'node',
  variant,
  batch,
  seq,
  threads,
  device: 'cpu',
  dtype: 'f32',
  outputSummary: summarize(output.data),
};
for (let i = 0; i < warmup; ++i) await timed(session, feeds);
if (interactive) {
  console.log(JSON.stringify(report));
  for await (const _line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify({ ms: await timed(session, feeds) }));
  }
} else {
  const samples = [];
  for (let i = 0; i < runs; ++i) samples.push(await timed(session, feeds));
  samples.sort((a, b) => a - b);
  const medianMs = quantile(samples, 0.5);
  const spread = { medianMs, minMs: samples[0], iqrMs: quantile(samples, 0.75) - quantile(samples, 0.25) };
  const tokensPerSecond = ((batch * seq) / medianMs) * 1e3;
  console.log(JSON.stringify({ ...report, samples, ...spread, tokensPerSecond, peakMemoryBytes: peakMemory() }));
}
