import path from 'node:path';
import { listCheckpoints, removeCheckpoint } from './checkpoint/folders.js';
import { speedMetrics } from './metric_names.js';
import type { Run } from './run.js';

/** The metrics of a whole run, from where it began. @internal */
export function finishRun(
  { state, losses, samples }: Run,
  start: { time: number; step: number },
): { metrics: Record<string, number>; trainLoss: number } {
  const seconds = (performance.now() - start.time) / 1e3;
  const steps = state.globalStep - start.step;
  const trainLoss = losses.mean(state.globalStep);
  const { epoch } = state;
  return { metrics: { ...speedMetrics('train', { seconds, samples, steps }), trainLoss, epoch }, trainLoss };
}

/** Loads the best model where that was asked for; with room for one checkpoint, the best is the one that stays. @internal */
export async function keepCheckpoint(run: Run): Promise<void> {
  const { args, model } = run.parts;
  const best = run.state.bestModelCheckpoint;
  if (best === undefined) return;
  if (args.loadBestModelAtEnd) await run.onWeights(() => model.loadPretrainedWeights(best));
  if (args.saveTotalLimit !== 1) return;
  for (const folder of await listCheckpoints(args.outputDir))
    if (path.resolve(folder) !== path.resolve(best)) await removeCheckpoint(folder);
}
