import { describe, expect, it } from 'vitest';
import { cudaDevice } from '../cuda.js';
import { argumentsOf, goldenOf, goldenPipeline, PIPELINE_GOLDENS, type PipelineCase } from './golden_pipelines.js';

/** Every number that is no whole one within so much, all else equal. */
function expectSame(got: unknown, expected: unknown, where: string, tolerance = 1e-5): void {
  if (typeof expected === 'number' && typeof got === 'number' && !Number.isInteger(expected)) {
    expect(Math.abs(got - expected), `${where}: ${got} for ${expected}`).toBeLessThan(tolerance);
  } else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(got as object), where).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected))
      expectSame((got as Record<string, unknown>)[key], value, `${where}.${key}`, tolerance);
  } else {
    expect(got, where).toEqual(expected);
  }
}

function shownCase(of: PipelineCase): string {
  return JSON.stringify({ ...of, output: undefined });
}

describe("Python's pipelines", () => {
  it.each(PIPELINE_GOLDENS.models.map((golden) => [golden.name, golden] as const))(
    'give the same as %s',
    async (_, golden) => {
      const pipe = await goldenPipeline(golden);
      // All at once: each shares its batches with others.
      const found = await Promise.all(golden.cases.map((each) => pipe(...argumentsOf(each), each.options)));
      golden.cases.forEach((each, i) => expectSame(found[i], each.output, shownCase(each)));
    },
  );

  it.each(['bert tokens', 'roberta answers', 'roberta words', 'distilbert entailment'])(
    'a text of %s alone gives what it gives in a batch',
    async (name) => {
      const golden = goldenOf(name);
      const pipe = await goldenPipeline(golden);
      const some = golden.cases.filter((_, i) => i % 5 === 0);
      for (const each of some) expectSame(await pipe(...argumentsOf(each), each.options), each.output, shownCase(each));
    },
  );

  it.runIf(cudaDevice).each(['bert tokens', 'distilbert answers', 'bert words', 'bert entailment'])(
    'give the same as %s on CUDA',
    async (name) => {
      const golden = goldenOf(name);
      const pipe = await goldenPipeline(golden, cudaDevice);
      const some = golden.cases.filter((_, i) => i % 6 === 0);
      const found = await Promise.all(some.map((each) => pipe(...argumentsOf(each), each.options)));
      some.forEach((each, i) => expectSame(found[i], each.output, shownCase(each), 1e-4));
    },
  );
});
