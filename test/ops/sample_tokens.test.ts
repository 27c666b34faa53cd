import { describe, expect, it } from 'vitest';
import { Generator, sampleTokens, type SampleOptions, tensor } from '../../lib/index.js';
import { cudaDevice } from '../cuda.js';
import { sequence } from './cases.js';

const ROWS = 2000;
const TOKENS = 64;

async function tokensOn(device: string, dtype: 'f32' | 'bf16', options: SampleOptions): Promise<number[]> {
  const random = sequence(3);
  const logits = Array.from({ length: ROWS * TOKENS }, () => 12 * random() - 6);
  const generator = new Generator(42, device);
  const x = tensor(logits, { shape: [ROWS, TOKENS], dtype, device });
  const drawn = sampleTokens(x, { ...options, generator });
  const tokens = Array.from(await drawn.data(), Number);
  for (const owner of [generator, x, drawn]) owner.dispose();
  return tokens;
}

describe('sample_tokens on two devices', () => {
  it.skipIf(cudaDevice === undefined)(`draws the same ${ROWS} tokens`, async () => {
    const options = { temperature: 0.8, topK: 40, topP: 0.9, minP: 0.01 };
    const tokens = await tokensOn(cudaDevice!, 'bf16', options);
    expect(new Set(tokens).size).toBeGreaterThan(50);
    expect(tokens).toEqual(await tokensOn('cpu', 'bf16', options));
    expect(tokens).toEqual(await tokensOn('cpu:reference', 'bf16', options));
    expect(await tokensOn(cudaDevice!, 'f32', {})).toEqual(await tokensOn('cpu', 'f32', {}));
  });
});
