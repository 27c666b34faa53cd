import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// All tests, also those on every text and every case, where the usual run takes a sample.
const full = mergeConfig(base, defineConfig({ test: { testTimeout: 600_000, env: { FULL: '1' } } }));
full.test = { ...full.test, exclude: [] };

export default full;
