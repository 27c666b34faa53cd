import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GenerateOptions } from '../../lib/index.js';
import { cudaDevice } from '../cuda.js';
import { goldenModel } from '../models/golden_model.js';

interface Golden {
  name: string;
  class: string;
  config: Record<string, unknown>;
  parameters: { name: string; shape: number[] }[];
  prompts: number[][];
  cases: { name: string; options: GenerateOptions; sequences: number[][] }[];
  scores: { name: string; options: GenerateOptions; scores: Record<string, number> }[];
}

const folder = join(import.meta.dirname, '../golden/generation');
const goldens = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { models: Golden[] }).models);
const places = goldens.map((golden, i) => ({
  golden,
  name: `${golden.class}, ${golden.name}`,
  devices: i === 0 ? [cudaDevice] : [],
}));

it('has goldens of every family', () => expect(new Set(goldens.map((golden) => golden.class)).size).toBe(6));

describe.each(places)('$name writes what Python writes', ({ golden, devices }) => {
  it.each(['cpu', ...devices].filter((device) => device !== undefined))('token by token, on %s', async (device) => {
    using model = goldenModel(golden.class, golden, { device });
    // Python's rows are of prompts alone. The emulation is slow: it has two prompts and few cases.
    const isQuick = device === 'cpu';
    const count = isQuick ? golden.prompts.length : 2;
    const cases = golden.cases
      .filter(({ name }) => isQuick || /^(beams|all at once)$/.test(name))
      .map((each) => ({ ...each, sequences: each.sequences.slice(0, isQuick ? each.sequences.length : count) }));
    const written = await Promise.all(
      cases.map(async ({ name, options }) => {
        const { sequences } = await model.generate({ inputIds: golden.prompts.slice(0, count), ...options });
        return { name, sequences };
      }),
    );
    expect(written).toEqual(cases.map(({ name, sequences }) => ({ name, sequences })));
  });

  it.each(golden.scores)('from the same scores after $name', async ({ options, scores }) => {
    using model = goldenModel(golden.class, golden, { device: 'cpu' });
    const output = await model.generate({
      inputIds: [golden.prompts[1]!],
      ...options,
      doSample: true,
      maxNewTokens: 1,
      outputScores: true,
    });
    const [[row]] = output.scores as [[Float32Array]];
    const kept = Array.from(row.entries()).filter(([, score]) => score > -Infinity);
    expect(kept.map(([token]) => String(token))).toEqual(Object.keys(scores));
    for (const [token, score] of kept) expect(score).toBeCloseTo(scores[token]!, 4);
  });
});
