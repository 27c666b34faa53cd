import { add, logSoftmax, reshape, topK } from '../../ops/index.js';
import { tensor } from '../../tensor/create.js';
import { ready } from '../../tensor/device.js';
import { type Tensor, tidy } from '../../tensor/tensor.js';
import { throwIfAborted } from '../../util/abort.js';
import { LoopPacer } from '../../util/yield.js';
import { readScores } from '../choose.js';
import type { GenerateOutput } from '../generate.js';
import type { GeneratingModel } from '../model.js';
import { processed, processorsOf } from '../processors/index.js';
import type { Sequence } from '../sequence.js';
import { BeamGroup, type Candidate } from './beams.js';

/** The log-probabilities (V) of scores, in their place. */
function toLogProbabilities(scores: Float32Array): void {
  let top = -Infinity;
  for (const score of scores) if (score > top) top = score;
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - top);
  const total = top + Math.log(sum);
  for (let i = 0; i < scores.length; i++) scores[i]! -= total;
}

/** The largest of all scores, the largest first; of equal ones the first. */
function largest(rows: readonly { scores: Float32Array; base: number }[], count: number): Candidate[] {
  const best: Candidate[] = [];
  rows.forEach(({ scores, base }, beam) => {
    for (let token = 0; token < scores.length; token++) {
      const score = Math.fround(scores[token]! + base);
      if (best.length === count && !(score > best[count - 1]!.score)) continue;
      let at = best.length;
      while (at > 0 && score > best[at - 1]!.score) at--;
      best.splice(at, 0, { beam, token, score });
      if (best.length > count) best.pop();
    }
  });
  return best;
}

/** The best continuations of each group where scores are changed on the host. */
async function fromHost(logits: Tensor, groups: readonly BeamGroup[], rowOf: RowOf): Promise<Candidate[][]> {
  const scores = await readScores(
    logits,
    Array.from({ length: logits.shape[0]! }, (_, i) => i),
  );
  const pacer = new LoopPacer('generate');
  const candidates: Candidate[][] = [];
  for (const [g, group] of groups.entries()) {
    const { row } = group;
    const processors = processorsOf(row.settings, row);
    const rows: { scores: Float32Array; base: number }[] = [];
    for (const [b, { tokens, score }] of group.beams.entries()) {
      if (pacer.isDue()) await pacer.pause();
      const own = Float32Array.from(scores[rowOf(g, b)]!);
      toLogProbabilities(own);
      rows.push({ scores: processed(processors, tokens, own), base: score });
    }
    candidates.push(largest(rows, group.width));
  }
  return candidates;
}

/** The best continuations of each group, chosen on the device; all groups have as many beams. */
async function fromDevice(logits: Tensor, groups: readonly BeamGroup[], isFirst: boolean): Promise<Candidate[][]> {
  const [{ width, beams }] = groups as [BeamGroup];
  const vocabulary = logits.shape[1]!;
  const { values, indices } = tidy(() => {
    const chances = logSoftmax(logits);
    const { device } = logits;
    // In the first step all beams are the prompt, and only the first one counts.
    const bases = groups.flatMap((group) => (isFirst ? [0] : group.beams.map(({ score }) => score)));
    const sums = add(chances, tensor(Float32Array.from(bases), { shape: [bases.length, 1], device }));
    return topK(reshape(sums, [groups.length, (isFirst ? 1 : beams.length) * vocabulary]), width);
  });
  try {
    const [scores, places] = await Promise.all([values.data(), indices.data()]);
    return groups.map((_, g) =>
      Array.from({ length: width }, (__, i) => {
        const place = Number(places[g * width + i]);
        return {
          beam: Math.floor(place / vocabulary),
          token: place % vocabulary,
          score: Number(scores[g * width + i]),
        };
      }),
    );
  } finally {
    values.dispose();
    indices.dispose();
  }
}

/** The row of the logits that belongs to a group's beam. */
type RowOf = (group: number, beam: number) => number;

/** Whether the device can choose: nothing changes scores, and every group has all its beams. */
function staysOnDevice(logits: Tensor, groups: readonly BeamGroup[]): boolean {
  const { row } = groups[0]!;
  return (
    logits.dtype === 'f32' &&
    groups.every(
      (group) =>
        group.beams.length === row.settings.numBeams &&
        group.width <= logits.shape[1]! &&
        processorsOf(group.row.settings, group.row).length === 0,
    )
  );
}

async function advance(logits: Tensor, groups: readonly BeamGroup[], isFirst: boolean): Promise<void> {
  let begin = 0;
  const begins = groups.map(({ beams }, g) => (isFirst ? g : (begin += beams.length) - beams.length));
  const rowOf: RowOf = (group, beam) => begins[group]! + (isFirst ? 0 : beam);
  const candidates = staysOnDevice(logits, groups)
    ? await fromDevice(logits, groups, isFirst)
    : await fromHost(logits, groups, rowOf);
  groups.forEach((group, g) => group.advance(candidates[g]!));
}

/** Reads what beams have not read, and gives each group its next candidates. */
async function step(model: GeneratingModel, groups: readonly BeamGroup[], isFirst: boolean): Promise<void> {
  throwIfAborted(groups[0]!.row.settings.signal, `${model.architecture}.generate`);
  await ready(model.device);
  const reads = groups.flatMap(({ beams, row: { tokens, source } }) =>
    isFirst
      ? [{ cache: beams[0]!.cache, tokens, source }]
      : beams.map((beam) => ({ cache: beam.cache, tokens: beam.tokens.slice(-1) })),
  );
  const logits = model.step(reads);
  try {
    if (isFirst) for (const group of groups) group.share();
    await advance(logits, groups, isFirst);
  } finally {
    logits.dispose();
  }
}

/**
 * The most probable rows that a search with some beams finds.
 * @throws AbortError, and whatever functions of the caller's throw
 * @internal
 */
export async function beamSearch(model: GeneratingModel, rows: readonly Sequence[]): Promise<GenerateOutput> {
  const cache = model.newCache();
  const groups = rows.map((row) => new BeamGroup(row, cache.add()));
  try {
    for (let open = groups, isFirst = true; open.length > 0; open = open.filter(({ isDone }) => !isDone)) {
      await step(model, open, isFirst);
      isFirst = false;
    }
    const results = groups.flatMap((group) => group.results);
    return {
      sequences: results.map(({ tokens }) => [...tokens]),
      sequencesScores: results.map(({ score }) => score),
    };
  } finally {
    for (const group of groups) group.release();
  }
}
