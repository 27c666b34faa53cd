import { describe, expect, it } from 'vitest';
import { compareGradient, expectClose, expectGradients, expectTensor, summarize, zeroMasked } from './compare.js';
import type { GoldenCase, GoldenModel } from './load.js';
import { goldenTensor } from './weights.js';

const gradient = goldenTensor('some.weight', [7, 9]);
const summary = summarize(gradient);

/** The gradient with a relative error of `size`, spread over all elements. */
function perturbed(size: number): Float32Array {
  const noise = goldenTensor('noise.weight', [7, 9]);
  const scale = (size * (summary[0] ?? 0)) / (summarize(noise)[0] ?? 1);
  return gradient.map((value, i) => value + scale * (noise[i] ?? 0));
}

describe('expectClose', () => {
  it('passes within absolute + relative * |expected|', () => {
    expectClose([1.0005, 100.05], [1, 100], { absolute: 1e-4, relative: 5e-4 });
  });

  it('names the worst element and counts those out', () => {
    expect(() => expectClose([1, 2.5, 4], [1, 2, 3], { absolute: 0.1 }, 'logits')).toThrow(
      /logits: 2 of 3 out of tolerance, worst at 2: got 4, expected 3, off by 1/,
    );
  });

  it('takes NaN for an error and lengths that differ too', () => {
    expect(() => expectClose([NaN], [0], { absolute: 1 })).toThrow(/worst at 0: got NaN/);
    expect(() => expectClose([1], [1, 1], { absolute: 1 })).toThrow(/lengths must be equal, got 1, expected 2/);
  });
});

describe('compareGradient', () => {
  it('passes an error of a ten-thousandth and refuses one of a hundredth', () => {
    compareGradient(summary, perturbed(1e-4), { gradientNorm: 1 });
    expect(() => compareGradient(summary, perturbed(1e-2), { gradientNorm: 1 })).toThrow(/off by/);
  });

  it('refuses the transposed gradient, whose norm is the same', () => {
    const transposed = gradient.map((_, i) => gradient[(i % 7) * 9 + Math.floor(i / 7)] ?? 0);
    expect(() => compareGradient(summary, transposed, { gradientNorm: 1 })).toThrow(/dot0 is/);
  });

  it('lets rounding through where the true gradient is zero', () => {
    compareGradient([0, 0, 0, 0, 0, 0], [1e-8, -1e-8], { gradientNorm: 1 });
    expect(() => compareGradient([0, 0, 0, 0, 0, 0], [1e-3], { gradientNorm: 1 })).toThrow(/l2 norm is 0.001/);
  });
});

describe('expectGradients', () => {
  const model = { parameters: [{ name: 'a', shape: [7, 9] }] } as unknown as GoldenModel;
  const goldenCase = { name: 'case', gradients: [summary], gradientNorm: 1 } as unknown as GoldenCase;

  it('asks each parameter for its gradient and says which is missing or wrong', () => {
    expectGradients(model, goldenCase, () => gradient);
    expect(() => expectGradients(model, goldenCase, () => undefined)).toThrow(
      /gradient of a: must have 63 values, got none/,
    );
    expect(() => expectGradients(model, goldenCase, () => perturbed(0.1))).toThrow(
      /1 gradients differ\ncase: gradient of a/,
    );
  });
});

describe('expectTensor', () => {
  const mask = [
    [1, 0],
    [0, 1],
  ];

  it('compares only where the mask is 1', () => {
    const golden = { shape: [2, 2, 1], maskedAxis: 1, values: [1, 0, 0, 4] };
    expectTensor({ shape: [2, 2, 1], values: [1, 77, 88, 4] }, golden, { absolute: 1e-6, mask });
    expect(() => expectTensor({ shape: [2, 2, 1], values: [1, 0, 0, 5] }, golden, { absolute: 0.1, mask })).toThrow(
      /worst at 3/,
    );
  });

  it('zeroes the query rows of attentions (B, H, S, S)', () => {
    const values = Float32Array.from({ length: 16 }, () => 1);
    const zeroed = zeroMasked({ shape: [2, 2, 2, 2], values }, mask, 2);
    expect([...zeroed]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it('refuses another shape, and a summary that is off', () => {
    const golden = { shape: [7, 9], summary };
    expectTensor({ shape: [7, 9], values: gradient }, golden, { absolute: 1e-5 });
    expect(() => expectTensor({ shape: [9, 7], values: gradient }, golden, { absolute: 1 })).toThrow(
      /shape must be \(7, 9\), got \(9, 7\)/,
    );
    expect(() => expectTensor({ shape: [7, 9], values: perturbed(0.1) }, golden, { absolute: 1e-4 })).toThrow(/off by/);
  });
});
