import { cast, concat, indexSelect, sampleTokens, slice } from '../ops/index.js';
import { tensor } from '../tensor/create.js';
import { Generator } from '../tensor/random.js';
import { type Tensor, tidy } from '../tensor/tensor.js';
import { PhiloxRandom } from '../util/philox.js';
import { LoopPacer } from '../util/yield.js';
import { probabilities } from './processors/warpers.js';
import type { RandomPlace, Sequence } from './sequence.js';

/** What came of a row: its next token, or what a function of the caller's threw. @internal */
export type Choice = { token: number } | { error: unknown };

/** The first of the largest scores. */
function best(scores: Float32Array): number {
  let at = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[at]!) at = i;
  return at;
}

/** The token at which the running sum of probabilities passes a random number: the one that a device draws. */
function drawn(scores: Float32Array, { seed, counter }: RandomPlace): number {
  const random = new PhiloxRandom(seed, counter);
  const high = random.nextUint32();
  let rest = (high + random.nextUint32() / 2 ** 32) / 2 ** 32;
  const chances = probabilities(scores);
  let last = 0;
  for (let i = 0; i < chances.length; i++) {
    if (chances[i] === 0) continue;
    last = i;
    if (rest < chances[i]!) break;
    rest -= chances[i]!;
  }
  return last;
}

/** A token of one row (V), drawn on the device. */
function drawOne(logits: Tensor, { settings, place }: Sequence): Tensor {
  const { temperature, topK, topP, minP } = settings;
  const generator = new Generator(place.seed, logits.device);
  try {
    generator.position = place.counter;
    return sampleTokens(logits, { temperature, topK, topP, minP, generator });
  } finally {
    generator.dispose();
  }
}

/** Tokens of rows whose scores stay on the device, in one read. */
async function onDevice(logits: Tensor, rows: readonly (readonly [index: number, row: Sequence])[]): Promise<number[]> {
  if (rows.length === 0) return [];
  const sampled = rows.filter(([, { settings }]) => settings.doSample);
  const hasGreedy = sampled.length < rows.length;
  const ids = tidy(() => {
    const drawnIds = sampled.map(([index, row]) => drawOne(slice(logits, 0, index, index + 1), row));
    return concat([...(hasGreedy ? [sampleTokens(logits, { doSample: false })] : []), ...drawnIds], 0);
  });
  try {
    const values = Array.from(await ids.data(), Number);
    let next = hasGreedy ? logits.shape[0]! : 0;
    return rows.map(([index, { settings }]) => (settings.doSample ? values[next++]! : values[index]!));
  } finally {
    ids.dispose();
  }
}

/** Scores (V) of some rows on the host. @internal */
export async function readScores(logits: Tensor, indices: readonly number[]): Promise<Float32Array[]> {
  const [rows, width] = logits.shape as [number, number];
  const picked = tidy(() => {
    const all = indices.length === rows;
    const some = all ? logits : indexSelect(logits, 0, tensor(Int32Array.from(indices), { device: logits.device }));
    return cast(some, 'f32');
  });
  try {
    const values = (await picked.data()) as Float32Array;
    return indices.map((_, i) => values.slice(i * width, (i + 1) * width));
  } finally {
    if (picked !== logits) picked.dispose();
  }
}

/** Tokens of rows whose scores are changed or wanted on the host. */
async function onHost(logits: Tensor, rows: readonly (readonly [index: number, row: Sequence])[]): Promise<Choice[]> {
  if (rows.length === 0) return [];
  const scores = await readScores(
    logits,
    rows.map(([index]) => index),
  );
  const pacer = new LoopPacer('generate');
  const choices: Choice[] = [];
  for (const [i, [, row]] of rows.entries()) {
    if (pacer.isDue()) await pacer.pause();
    try {
      const changed = row.process(scores[i]!);
      choices.push({ token: row.settings.doSample ? drawn(changed, row.place) : best(changed) });
    } catch (error) {
      choices.push({ error });
    }
  }
  return choices;
}

/**
 * The next token of each row, chosen on the device where nothing but temperature, topK, topP and minP is asked.
 * @param logits (B, V)
 * @internal
 */
export async function chooseTokens(logits: Tensor, sequences: readonly Sequence[]): Promise<Choice[]> {
  const rows = sequences.map((row, index) => [index, row] as const);
  const host = rows.filter(([, row]) => row.needsScores);
  const device = rows.filter(([, row]) => !row.needsScores);
  const [fromHost, fromDevice] = await Promise.all([onHost(logits, host), onDevice(logits, device)]);
  const choices: Choice[] = [];
  host.forEach(([index], i) => (choices[index] = fromHost[i]!));
  device.forEach(([index], i) => (choices[index] = { token: fromDevice[i]! }));
  return choices;
}
