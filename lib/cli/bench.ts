import type { RegisterVerb } from './io.js';
import { registerCompare } from './bench_compare.js';
import { registerBenchModel } from './bench_model.js';
import { registerBenchOps } from './bench_ops/bench_ops.js';
import { registerBenchPeers } from './bench_peers.js';

/**
 * The verb `bench` and its subcommands.
 * @internal
 */
export const registerBench: RegisterVerb = (program, io) => {
  const bench = program.command('bench').description('time models and ops, and compare timings');
  registerCompare(bench, io);
  registerBenchModel(bench, io);
  registerBenchOps(bench, io);
  registerBenchPeers(bench, io);
};
