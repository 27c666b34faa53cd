import { checkedBuckets } from '../../tensor/bucket.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { learningRates } from './lr_schedule.js';
import type { Arguments } from './schema.js';

function refuse(rule: string, fields: Record<string, unknown>): never {
  const got = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
  throw new ConfigError(`TrainingArguments: ${rule}, got ${got.join(' and ')}`, fields);
}

/** Saving at evaluations: the best model must be among the saved ones. */
function checkBestModel({ evalStrategy, saveStrategy, evalSteps, loggingSteps, saveSteps }: Arguments): void {
  if (saveStrategy !== 'best' && (evalStrategy === 'no' || evalStrategy !== saveStrategy))
    refuse('loadBestModelAtEnd needs evalStrategy and saveStrategy to be equal and not "no", or saveStrategy "best"', {
      evalStrategy,
      saveStrategy,
    });
  if (evalStrategy !== 'steps' || saveStrategy !== 'steps') return;
  const evaluated = evalSteps ?? loggingSteps;
  const isMultiple = Math.abs(saveSteps / evaluated - Math.round(saveSteps / evaluated)) < 1e-9;
  if (evaluated < 1 !== saveSteps < 1 || !isMultiple)
    refuse('loadBestModelAtEnd needs saveSteps to be a multiple of evalSteps, both counts or both shares', {
      saveSteps,
      evalSteps: evaluated,
    });
}

/**
 * Refuses arguments that contradict each other.
 * @throws ConfigError with the fields that do
 * @internal
 */
export function checkContradictions(args: Arguments): void {
  const { evalStrategy, saveStrategy } = args;
  if (args.loadBestModelAtEnd) checkBestModel(args);
  if (saveStrategy === 'best' && evalStrategy === 'no')
    refuse('saveStrategy "best" needs evaluations', { evalStrategy });
  if (args.earlyStoppingPatience !== undefined && evalStrategy === 'no')
    refuse('earlyStoppingPatience needs evaluations', { evalStrategy });
  if (args.predictionLossOnly && args.predictWithGenerate)
    refuse('predictionLossOnly and predictWithGenerate exclude each other', { predictWithGenerate: true });
  if (args.bf16 && args.fp16) refuse('bf16 and fp16 exclude each other', { bf16: true, fp16: true });
  if (args.maxTokensPerBatch !== undefined && args.dataloaderDropLast)
    refuse('maxTokensPerBatch and dataloaderDropLast exclude each other', { dataloaderDropLast: true });
  if (args.warmupSteps > 1 && !Number.isInteger(args.warmupSteps))
    refuse('warmupSteps must be an integer, or a share of all steps below 1', { warmupSteps: args.warmupSteps });
  if (args.layerwiseLrDecay === 0) refuse('layerwiseLrDecay must be above 0', { layerwiseLrDecay: 0 });
  if (typeof args.compile === 'object') {
    checkOptionNames('TrainingArguments: compile', args.compile, ['buckets']);
    checkedBuckets('TrainingArguments: compile', args.compile.buckets ?? []);
  }
  if (args.lrSchedulerKwargs !== undefined)
    checkOptionNames(
      `TrainingArguments: lrSchedulerKwargs of ${args.lrSchedulerType}`,
      args.lrSchedulerKwargs,
      learningRates(args.lrSchedulerType).options,
    );
}
