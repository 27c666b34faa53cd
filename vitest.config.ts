import { defineConfig } from 'vitest/config';

// Native code runs in forked processes: a crash ends one file, not the run.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default', './scripts/closing_line_reporter.mjs'],
  },
});
