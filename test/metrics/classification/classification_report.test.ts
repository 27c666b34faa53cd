import { describe, expect, it } from 'vitest';
import { classificationReport } from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

describe('classificationReport', () => {
  it('shows names in place of labels and refuses too few of them', () => {
    const targetNames = ['ham', 'spam'];
    expect(classificationReport([0, 1], [0, 1], { targetNames })).toContain('\n         ham       1.00 ');
    expect(() => classificationReport([0, 1, 2], [0, 1, 2], { targetNames })).toThrow(DataError);
    expect(() => classificationReport([0, 1, 2], [0, 1, 2], { targetNames })).toThrow(
      'classificationReport: targetNames must be as many as classes, got 2 for 3: give labels to report on other classes',
    );
  });

  it.each([-1, 1.5, 21])('refuses %s digits', (digits) => {
    expect(() => classificationReport([1], [1], { digits })).toThrow(ConfigError);
  });
});
