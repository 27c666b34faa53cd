import type { TrainingArguments } from '../arguments/training_arguments.js';
import type { ReportedData } from '../report/html_reporter.js';
import { makeReporters } from '../report/reporters.js';
import { ProgressCallback } from '../report/progress.js';
import type { TrainerCallback } from './callback.js';
import { DefaultFlowCallback } from './default_flow.js';
import { EarlyStoppingCallback } from './early_stopping.js';

/** What the arguments ask for around the caller's own callbacks, in Hugging Face's order. @internal */
export function defaultCallbacks(
  args: TrainingArguments,
  own: readonly TrainerCallback[],
  data: ReportedData,
): TrainerCallback[] {
  const { earlyStoppingPatience: patience, earlyStoppingThreshold: threshold } = args;
  return [
    new DefaultFlowCallback(),
    ...makeReporters(args, data),
    ...own,
    ...(patience === undefined ? [] : [new EarlyStoppingCallback({ patience, threshold })]),
    ...(args.disableTqdm ? [] : [new ProgressCallback()]),
  ];
}
