import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Zeros stand in a golden wherever the attention mask is 0 along (0, maskedAxis). */
const tensorSchema = z.strictObject({
  shape: z.array(z.number().int()),
  maskedAxis: z.number().int().optional(),
  values: z.array(z.number()).optional(),
  summary: z.array(z.number()).length(6).optional(),
});
const parameterSchema = z.strictObject({ name: z.string(), shape: z.array(z.number().int()) });
const ids = z.array(z.array(z.number().int()));
/** For multiple choice, rows by question. */
const choices = z.union([ids, z.array(ids)]);
const inputsSchema = z.strictObject({
  inputIds: choices,
  attentionMask: choices.optional(),
  globalAttentionMask: choices.optional(),
  tokenTypeIds: choices.optional(),
  positionIds: ids.optional(),
  labels: z.union([z.array(z.number()), z.array(z.array(z.number()))]).optional(),
  startPositions: z.array(z.number().int()).optional(),
  endPositions: z.array(z.number().int()).optional(),
  decoderInputIds: ids.optional(),
  decoderAttentionMask: ids.optional(),
});
const outputsSchema = z.strictObject({
  logits: tensorSchema.optional(),
  startLogits: tensorSchema.optional(),
  endLogits: tensorSchema.optional(),
  lastHiddenState: tensorSchema.optional(),
  poolerOutput: tensorSchema.optional(),
  hiddenStates: z.array(tensorSchema).optional(),
  attentions: z.array(tensorSchema).optional(),
  encoderLastHiddenState: tensorSchema.optional(),
  encoderHiddenStates: z.array(tensorSchema).optional(),
  encoderAttentions: z.array(tensorSchema).optional(),
  decoderHiddenStates: z.array(tensorSchema).optional(),
  decoderAttentions: z.array(tensorSchema).optional(),
  crossAttentions: z.array(tensorSchema).optional(),
});
const caseSchema = z.strictObject({
  name: z.string(),
  inputs: inputsSchema,
  outputs: outputsSchema,
  loss: z.number().optional(),
  gradientNorm: z.number().optional(),
  gradients: z.array(z.array(z.number()).length(6)).optional(),
});
const modelSchema = z.strictObject({
  name: z.string(),
  config: z.record(z.string(), z.unknown()),
  f32Deviation: z.strictObject({ output: z.number(), gradient: z.number() }),
  parameters: z.array(parameterSchema),
  cases: z.array(caseSchema).min(1),
});
const head = { format: z.literal(1), madeWith: z.record(z.string(), z.string()) };
const classSchema = { class: z.string(), models: z.array(modelSchema).min(1) };
const familyFileSchema = z.strictObject({ ...head, goldens: z.array(z.strictObject(classSchema)).min(1) });
const modelFileSchema = z.strictObject({
  ...head,
  ...classSchema,
  sinusoidalPositionEmbeddings: tensorSchema.optional(),
});
const trainingFileSchema = z.strictObject({
  ...head,
  class: z.string(),
  config: z.record(z.string(), z.unknown()),
  optimizer: z.strictObject({
    learningRate: z.number(),
    betas: z.tuple([z.number(), z.number()]),
    epsilon: z.number(),
    weightDecay: z.number(),
    maxGradNorm: z.number(),
    warmupSteps: z.number().int(),
    totalSteps: z.number().int(),
  }),
  f32Deviation: z.number(),
  parameters: z.array(parameterSchema),
  withoutDecay: z.array(z.string()),
  batches: z.array(inputsSchema).min(1),
  losses: z.array(z.number()),
  gradientNorms: z.array(z.number()),
  learningRates: z.array(z.number()),
  finalParameters: z.record(z.string(), tensorSchema),
});
const embeddingSchema = z.strictObject({
  text: z.string(),
  repeat: z.number().int(),
  tokens: z.number().int(),
  first: z.array(z.number()).length(8),
  summary: z.array(z.number()).length(6),
});
const embeddingFileSchema = z.strictObject({
  ...head,
  model: z.string(),
  maxLength: z.number().int(),
  hiddenSize: z.number().int(),
  texts: z.array(embeddingSchema).min(1),
  cosines: z.array(z.strictObject({ first: z.number().int(), second: z.number().int(), cosine: z.number() })),
});
const labelledTextSchema = z.strictObject({
  text: z.string(),
  tokens: z.number().int(),
  label: z.string(),
  probabilities: z.array(z.number()),
});
const labelFileSchema = z.strictObject({
  ...head,
  model: z.string(),
  maxLength: z.number().int(),
  labels: z.array(z.string()),
  texts: z.array(labelledTextSchema).min(1),
});

/** A small tensor's `values`, or a larger one's `summary`: [l2, dot0, dot1, dot2, first value, last value]. */
export type GoldenTensor = z.infer<typeof tensorSchema>;
/** A parameter as model.safetensors names it; its weights are `goldenTensor(name, shape)`. */
export type GoldenParameter = z.infer<typeof parameterSchema>;
/** One batch: inputs, what Python returns and, where there are labels, loss and gradients in `parameters` order. */
export type GoldenCase = z.infer<typeof caseSchema>;
/** One tiny model: config.json's fields, its parameters and the cases run on it. */
export type GoldenModel = z.infer<typeof modelSchema>;
/** A file of models of one Hugging Face class. */
export type ModelGolden = z.infer<typeof modelFileSchema>;
/** What such a file, or one of a family, holds of a class. */
export type ClassGolden = Pick<ModelGolden, 'class' | 'models'>;
/** A file of twenty optimiser steps. */
export type TrainingGolden = z.infer<typeof trainingFileSchema>;
/** A file of sentence embeddings of a real checkpoint. */
export type EmbeddingGolden = z.infer<typeof embeddingFileSchema>;
/** A file of label probabilities of a real checkpoint. */
export type LabelGolden = z.infer<typeof labelFileSchema>;

/** The model goldens there are: file names without `.json`. */
export const MODEL_GOLDENS = ['bert', 'distilbert'].flatMap((family) =>
  ['base', 'sequence_classification', 'token_classification', 'masked_lm', 'question_answering'].map(
    (kind) => `${family}_${kind}`,
  ),
);

/** Goldens of whole families, and of heads that came later: file names without `.json`. */
export const FAMILY_GOLDENS = [
  'albert',
  'bert_multiple_choice',
  'camembert',
  'deberta',
  'deberta_v2',
  'distilbert_multiple_choice',
  'electra',
  'ernie',
  'gpt2',
  'llama',
  'longformer',
  'mpnet',
  'roberta',
  'xlm_roberta',
];

/** Goldens of families of encoder-decoders: file names without `.json`. */
export const SEQ2SEQ_GOLDENS = ['bart', 'marian', 'mbart', 't5'];

/** Reads the goldens of a family, a class each. */
export function loadFamilyGoldens(name: string): ClassGolden[] {
  return familyFileSchema.parse(readJson(name)).goldens;
}

/** The goldens of every model class. */
export function allModelGoldens(): ClassGolden[] {
  return [...MODEL_GOLDENS.map(loadModelGolden), ...FAMILY_GOLDENS.flatMap(loadFamilyGoldens)];
}

/** Reads a model golden, `bert_masked_lm` for instance. */
export function loadModelGolden(name: string): ModelGolden {
  return modelFileSchema.parse(readJson(name));
}

/** Reads a training golden: `bert_training`, `gpt2_training` .... */
export function loadTrainingGolden(name: string): TrainingGolden {
  return trainingFileSchema.parse(readJson(name));
}

/** Reads a golden of sentence embeddings: `minilm_embeddings`. */
export function loadEmbeddingGolden(name: string): EmbeddingGolden {
  return embeddingFileSchema.parse(readJson(name));
}

/** Reads a golden of label probabilities: `ticket_labels`. */
export function loadLabelGolden(name: string): LabelGolden {
  return labelFileSchema.parse(readJson(name));
}

/** Rows of all sequences: those of multiple choice lie by question. */
export function rowsOf(values: GoldenCase['inputs']['inputIds']): number[][] {
  return values.flatMap((row): number[][] => (typeof row[0] === 'number' ? [row as number[]] : (row as number[][])));
}

/** The mask of a case, all ones where the inputs have none; (B, S), of multiple choice (B · N, S). */
export function maskOf({ inputs: { inputIds, attentionMask } }: GoldenCase): number[][] {
  return rowsOf(attentionMask ?? rowsOf(inputIds).map((row) => row.map(() => 1)));
}

/** The mask of what the decoder reads in a case, where there is one: of its labels what follows the last is left out. */
export function decoderMaskOf({ inputs }: GoldenCase): number[][] | undefined {
  const { decoderInputIds, decoderAttentionMask, labels } = inputs;
  if (decoderInputIds !== undefined) return decoderAttentionMask ?? decoderInputIds.map((row) => row.map(() => 1));
  if (!Array.isArray(labels?.[0])) return undefined;
  return (labels as number[][]).map((row) => {
    const end = row.findLastIndex((label) => label !== -100);
    return row.map((_, column) => (column <= end ? 1 : 0));
  });
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(modelsFolder(), `${name}.json`), 'utf8'));
}

/** The models' goldens in the sources, also when this file runs compiled from dist/. */
function modelsFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  if (existsSync(join(here, 'models'))) return join(here, 'models');
  return join(here, '..', '..', '..', 'test', 'golden', 'models');
}
