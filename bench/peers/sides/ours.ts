// Our side: node ours.js --model DIR --dtype f32 --threads N [--replay]. See work.ts.
import { parseArgs } from 'node:util';
import {
  AutoModel,
  AutoModelForSequenceClassification,
  type BaseModel,
  configure,
  DataCollatorWithPacking,
  noGrad,
  pipeline,
  ready,
  TrainingArguments,
} from 'gridstride';
import { parseModelDType } from '../../../lib/models/model_dtype.js';
import { ComputeCopies } from '../../../lib/train/step/compute_copies.js';
import { LossFunction } from '../../../lib/train/step/loss.js';
import { makeOptimizer } from '../../../lib/train/step/make_optimizer.js';
import { TrainedParameters } from '../../../lib/train/step/parameters.js';
import { readStep } from '../../../lib/train/step/step_result.js';
import { TrainingStep } from '../../../lib/train/step/training_step.js';
import { packageVersion } from '../../../lib/util/package_info.js';
import { idsOf, signatureOf } from '../ids.js';
import type { InferenceWork, PipelineWork, TrainingWork } from '../work.js';
import { serve, type Task, vocabSizeOf } from './serve.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    dtype: { type: 'string', default: 'f32' },
    threads: { type: 'string', default: '1' },
    replay: { type: 'boolean', default: false },
  },
});
const folder = values.model!;
const dtype = parseModelDType(values.dtype);
const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

/** Sequences end to end: ids (T). */
function packed(sequences: readonly number[], lengths: readonly number[], vocabSize: number) {
  const rows = sequences.map((s) => Array.from(idsOf(s, lengths[s]!, vocabSize)));
  return { inputIds: Int32Array.from(rows.flat()), lengths: rows.map((row) => row.length) };
}

async function inference(model: BaseModel, { lengths, batches }: InferenceWork): Promise<Task> {
  const { vocabSize, hiddenSize } = model.encoder.spec;
  const inputs = batches.map((sequences) => packed(sequences, lengths, vocabSize));
  if (values.replay)
    model.compile({
      buckets: inputs.map((batch) => ({
        batch: batch.lengths.length,
        tokens: total(batch.lengths),
        maxLength: Math.max(...batch.lengths),
      })),
    });
  const run = async (): Promise<Float32Array[]> => {
    const reads: Promise<Float32Array>[] = [];
    for (const batch of inputs) {
      await ready('cpu');
      using outputs = noGrad(() => model.forward({ ...batch, returns: ['lastHiddenState'] }));
      reads.push(outputs.lastHiddenState.data() as Promise<Float32Array>);
    }
    return Promise.all(reads);
  };
  const signature: number[][] = [];
  for (const [b, states] of (await run()).entries()) {
    let first = 0;
    for (const s of batches[b]!) {
      const size = lengths[s]! * hiddenSize;
      signature[s] = signatureOf(states.subarray(first, first + size));
      first += size;
    }
  }
  return { signature, run };
}

async function training({ lengths, recipe }: TrainingWork): Promise<Task> {
  const model = await AutoModelForSequenceClassification.fromPretrained(folder, { device: 'cpu', dtype: 'f32' });
  const args = new TrainingArguments({ ...recipe, outputDir: 'unused', bf16: dtype === 'bf16' });
  const copies = dtype === 'bf16' ? new ComputeCopies(model, dtype) : undefined;
  const parameters = new TrainedParameters(model, { ...recipe, ...(copies && { masters: copies.masters }) });
  const optimizer = makeOptimizer(args, parameters.groups);
  const loss = new LossFunction({ model, args, computeLoss: undefined, classWeights: undefined });
  const { maxGradNorm, learningRate } = recipe;
  const steps = new TrainingStep({ model, loss, optimizer, maxGradNorm, scaler: undefined });
  const vocabSize = vocabSizeOf(folder);
  const rows = lengths.map((length, i) => ({ inputIds: idsOf(i, length, vocabSize), label: i % 2 }));
  const batch = new DataCollatorWithPacking().collate(rows);
  let count = 0;
  const step = async (rate: number) => {
    steps.accumulate(batch, 1);
    const pending = steps.update(++count, rate);
    optimizer.zeroGrad();
    return readStep(pending);
  };
  const { loss: first, gradNorm } = await step(0); // dropout off, weights kept
  model.train();
  return { signature: [[first], [gradNorm]], run: () => step(learningRate) };
}

async function service({ texts, maxLength }: PipelineWork): Promise<Task> {
  const extract = await pipeline('feature-extraction', folder, { device: 'cpu', dtype });
  const run = () => extract(texts, { pooling: 'mean', normalize: true, maxLength });
  return { signature: (await run()).map((embedding) => signatureOf(embedding)), run };
}

configure({ threads: Number(values.threads) });
await serve({ peer: 'gridstride', version: packageVersion() }, async () => {
  let model: BaseModel | undefined;
  const open = async () => (model ??= await AutoModel.fromPretrained(folder, { device: 'cpu', dtype }));
  return async (work) => {
    if (work.kind === 'inference') return inference(await open(), work);
    if (work.kind === 'training') return training(work);
    if (work.kind === 'pipeline') return service(work);
    throw new Error(`tasks are timed by bench/pipelines, got ${work.kind}`);
  };
});
