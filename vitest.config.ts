import { defineConfig } from 'vitest/config';

// Native code runs in forked processes: a crash ends one file, not the run.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes long: `npm run test:full` runs them.
    exclude: ['test/**/*.full.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default', './scripts/closing_line_reporter.mjs'],
  },
});
