import { describe, expect, it } from 'vitest';
import { expectGolden, loadCases } from './goldens.js';

describe.each(['label_goldens', 'score_goldens', 'value_goldens'])('%s', (file) => {
  const cases = loadCases(file);
  it.each(['arrays', 'typed arrays'] as const)(`of %s equal Python's, all ${cases.length}`, (form) => {
    expect(cases.length).toBeGreaterThan(100);
    const wrong: string[] = [];
    for (const { name, run, expected } of cases) {
      try {
        expectGolden(run(form), expected);
      } catch (error) {
        wrong.push(`${name}: ${(error as Error).message}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
