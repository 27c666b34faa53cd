import { defineConfig } from 'vitest/config';

// Native code runs in forked processes: a crash ends one file, not the run.
export default defineConfig({
  // Examples import the package by its name, as users do.
  resolve: { alias: { gridstride: new URL('./lib/index.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes long: `npm run test:full` runs them.
    exclude: ['test/**/*.full.test.ts'],
    pool: 'forks',
    // The emulated device takes its time on a busy machine.
    testTimeout: 240_000,
    maxWorkers: 2,
    // No test asks the real hub; those of the hub start a server of their own.
    env: { HF_HUB_OFFLINE: '1' },
    reporters: ['default', './scripts/closing_line_reporter.mjs'],
  },
});
