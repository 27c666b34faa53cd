import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { AutoTokenizer, pipeline, type PipelineTaskName, type PreTrainedTokenizer } from '../../lib/index.js';
import { goldenModel } from '../models/golden_model.js';

const caseSchema = z.strictObject({
  input: z.string().optional(),
  question: z.string().optional(),
  context: z.string().optional(),
  candidateLabels: z.union([z.string(), z.array(z.string())]).optional(),
  options: z.record(z.string(), z.unknown()),
  output: z.unknown(),
});
const modelSchema = z.strictObject({
  name: z.string(),
  task: z.string(),
  class: z.string(),
  tokenizer: z.string(),
  config: z.record(z.string(), z.unknown()),
  parameters: z.array(z.strictObject({ name: z.string(), shape: z.array(z.number()) })),
  cases: z.array(caseSchema).min(1),
});
const fileSchema = z.strictObject({
  format: z.literal(1),
  madeWith: z.record(z.string(), z.string()),
  tokenizers: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))),
  models: z.array(modelSchema).min(1),
});

export type PipelineGolden = z.infer<typeof modelSchema>;
export type PipelineCase = z.infer<typeof caseSchema>;

const file = path.join(import.meta.dirname, '../golden/pipelines/pipeline_goldens.json');

/** What Python's pipelines give on tiny models. */
export const PIPELINE_GOLDENS = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

/** A pipeline of any task. */
export type AnyPipeline = Disposable & ((...inputs: unknown[]) => Promise<unknown>);

/** A golden's tokenizer, as it loads from its files. */
export async function goldenTokenizer(name: string): Promise<PreTrainedTokenizer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gridstride-golden-'));
  try {
    for (const [each, json] of Object.entries(PIPELINE_GOLDENS.tokenizers[name]!))
      await writeFile(path.join(folder, each), JSON.stringify(json));
    return await AutoTokenizer.fromPretrained(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The model of a golden in a pipeline; it goes with the test. */
export async function goldenPipeline(golden: PipelineGolden, device = 'cpu'): Promise<AnyPipeline> {
  const model = goldenModel(golden.class, golden, { device });
  onTestFinished(() => model.dispose());
  const tokenizer = await goldenTokenizer(golden.tokenizer);
  const options = { tokenizer };
  return (await pipeline(golden.task as PipelineTaskName, model as never, options)) as unknown as AnyPipeline;
}

/** The golden of a model by its name. */
export function goldenOf(name: string): PipelineGolden {
  return PIPELINE_GOLDENS.models.find((golden) => golden.name === name)!;
}

/** What a pipeline is called with for a case, without the options. */
export function argumentsOf({ input, question, context, candidateLabels }: PipelineCase): unknown[] {
  if (question !== undefined) return [{ question, context }];
  return candidateLabels === undefined ? [input] : [input, candidateLabels];
}
