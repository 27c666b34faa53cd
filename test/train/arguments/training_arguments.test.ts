import { describe, expect, test } from 'vitest';
import { TrainingArguments, type TrainingArgumentsInit } from '../../../lib/train/index.js';
import { ConfigError } from '../../../lib/util/errors.js';

const base = { outputDir: './results' };

describe('TrainingArguments', () => {
  test('takes the defaults of Hugging Face', () => {
    const args = new TrainingArguments(base);
    expect(args).toMatchObject({
      numTrainEpochs: 3,
      perDeviceTrainBatchSize: 8,
      learningRate: 5e-5,
      weightDecay: 0,
      adamBeta2: 0.999,
      maxGradNorm: 1,
      lrSchedulerType: 'linear',
      seed: 42,
      evalStrategy: 'no',
      saveStrategy: 'steps',
      loggingSteps: 500,
      optim: 'adamw_torch',
      metricForBestModel: undefined,
      dataSeed: 42,
      reportTo: [],
    });
    expect(new TrainingArguments({ ...base, evalStrategy: 'steps', loggingSteps: 7 }).evalSteps).toBe(7);
    expect(new TrainingArguments({ ...base, maxTokensPerBatch: 512 }).perDeviceTrainBatchSize).toBe(512);
    expect(new TrainingArguments({ ...base, reportTo: 'all' }).reportTo).toEqual([
      'console',
      'jsonl',
      'tensorboard',
      'html',
    ]);
  });

  test('a metric other than a loss is better when greater', () => {
    expect(new TrainingArguments({ ...base, metricForBestModel: 'f1Macro' }).greaterIsBetter).toBe(true);
    expect(new TrainingArguments({ ...base, metricForBestModel: 'eval_loss' }).greaterIsBetter).toBe(false);
  });

  test('an unknown argument names the nearest known one', () => {
    const wrong = { ...base, learningrate: 1 } as never;
    expect(() => new TrainingArguments(wrong)).toThrow(/got learningrate \(did you mean "learningRate"\?\)/);
  });

  test.each([
    ['learningRate', -1],
    ['perDeviceTrainBatchSize', 0],
    ['numTrainEpochs', 'three'],
    ['adamBeta1', 1],
    ['adamBeta2', 1.5],
    ['outputDir', ''],
    ['lrSchedulerType', 'sideways'],
    ['seed', 0.5],
    ['learningRate', Number.NaN],
  ])('%s = %s is a ConfigError that names the field', (field, value) => {
    const make = () => new TrainingArguments({ ...base, [field]: value } as never);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(new RegExp(`^TrainingArguments: ${field} must be .*, got `));
  });

  const both = { evalStrategy: 'steps', saveStrategy: 'steps' } as const;
  test.each([
    [{ loadBestModelAtEnd: true }, /^TrainingArguments: loadBestModelAtEnd needs .*, got evalStrategy no/],
    [{ loadBestModelAtEnd: true, evalStrategy: 'epoch' }, /got evalStrategy epoch and saveStrategy steps/],
    [{ loadBestModelAtEnd: true, ...both, evalSteps: 3, saveSteps: 4 }, /saveSteps to be a multiple of evalSteps/],
    [{ loadBestModelAtEnd: true, ...both, evalSteps: 0.1, saveSteps: 4 }, /both counts or both shares/],
    [{ saveStrategy: 'best' }, /saveStrategy "best" needs evaluations/],
    [{ earlyStoppingPatience: 2 }, /earlyStoppingPatience needs evaluations/],
    [{ bf16: true, fp16: true }, /bf16 and fp16 exclude each other/],
    [{ maxTokensPerBatch: 10, dataloaderDropLast: true }, /maxTokensPerBatch and dataloaderDropLast exclude/],
    [{ warmupSteps: 2.5 }, /warmupSteps must be an integer, or a share/],
    [{ layerwiseLrDecay: 0 }, /layerwiseLrDecay must be above 0/],
    [{ lrSchedulerKwargs: { numCycles: 2 } }, /lrSchedulerKwargs of linear: option .*, got numCycles/],
  ] as [Partial<TrainingArgumentsInit>, RegExp][])('%o contradict each other', (init, text) => {
    expect(() => new TrainingArguments({ ...base, ...init })).toThrow(ConfigError);
    expect(() => new TrainingArguments({ ...base, ...init })).toThrow(text);
  });

  test.each([
    { loadBestModelAtEnd: true, ...both, evalSteps: 2, saveSteps: 4 },
    { loadBestModelAtEnd: true, ...both, evalSteps: 0.1, saveSteps: 0.3 },
    { loadBestModelAtEnd: true, evalStrategy: 'epoch', saveStrategy: 'best' },
  ] as const)('%o go together', (init) => {
    expect(new TrainingArguments({ ...base, ...init }).metricForBestModel).toBe('loss');
  });

  test("take a schedule's numbers in either spelling", () => {
    const init = { ...base, lrSchedulerType: 'polynomial', lrSchedulerKwargs: { lr_end: 1e-6, power: 2 } } as const;
    expect(new TrainingArguments(init).lrSchedulerKwargs).toEqual({ lrEnd: 1e-6, power: 2 });
  });

  test('go to JSON in the spelling of Python and back', () => {
    const init = { ...base, adamBeta2: 0.95, evalStrategy: 'epoch', reportTo: ['jsonl'], saveTotalLimit: 2 } as const;
    const args = new TrainingArguments({ ...init, lrSchedulerType: 'cosine', lrSchedulerKwargs: { numCycles: 2 } });
    const json = args.toJson();
    expect(json).toMatchObject({ adam_beta2: 0.95, eval_strategy: 'epoch', lr_scheduler_kwargs: { num_cycles: 2 } });
    expect(json['max_tokens_per_batch']).toBeNull();
    expect(TrainingArguments.fromJson(JSON.parse(JSON.stringify(json)))).toEqual(args);
  });

  test('read what Python writes, and leave out what means nothing here', () => {
    const python = { output_dir: 'o', optim: 'adamw_torch_fused', push_to_hub: false, save_total_limit: null };
    const args = TrainingArguments.fromJson({ ...python, train_sampling_strategy: 'group_by_length' });
    expect(args).toMatchObject({
      outputDir: 'o',
      optim: 'adamw_torch',
      groupByLength: true,
      saveTotalLimit: undefined,
    });
    expect(() => TrainingArguments.fromJson([])).toThrow('TrainingArguments: the JSON must be an object');
    expect(() => TrainingArguments.fromJson({ ...python, optim: 'lion' })).toThrow(/optim must be one of adamw_torch/);
  });
});
