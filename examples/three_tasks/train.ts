import {
  type AutoClass,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  BertConfig,
  Dataset,
  type PreTrainedModel,
  prepareQuestionAnswering,
  prepareTokenClassification,
  type PreTrainedTokenizer,
  type TrainableDataset,
  type TrainableModel,
  Trainer,
  TrainingArguments,
} from 'gridstride';
import path from 'node:path';
import { journeys, PAIR_LABELS, pairs, questions, WORD_LABELS } from './journeys.js';
import type { Settings } from './settings.js';

/** The folders of the trained models, by the pipeline that serves them. */
export interface Folders {
  ner: string;
  'question-answering': string;
  'zero-shot-classification': string;
}

/** A pretrained model with a new head, or a small new one. */
async function start<Model extends PreTrainedModel>(
  Class: AutoClass<Model>,
  tokenizer: PreTrainedTokenizer,
  { model, seed }: Settings,
  labels?: readonly string[],
): Promise<Model> {
  const named = labels === undefined ? {} : { id2label: { ...labels } };
  if (model !== undefined) return Class.fromPretrained(model, { seed, ...named });
  const sizes = { hiddenSize: 64, numHiddenLayers: 2, numAttentionHeads: 4, intermediateSize: 128 };
  const config = {
    vocabSize: tokenizer.totalVocabSize,
    ...sizes,
    maxPositionEmbeddings: 64,
    initializerRange: 0.15,
    ...named,
  };
  return Class.fromConfig(new BertConfig(config), { seed });
}

/** Trains a model and writes it, with its tokenizer, to a folder of its own. */
async function fit(
  name: string,
  model: TrainableModel & PreTrainedModel,
  trainDataset: TrainableDataset,
  { tokenizer, settings }: { tokenizer: PreTrainedTokenizer; settings: Settings },
): Promise<string> {
  const folder = path.join(settings.output, name);
  const args = new TrainingArguments({
    outputDir: path.join(settings.output, 'run'),
    numTrainEpochs: settings.epochs,
    perDeviceTrainBatchSize: 16,
    learningRate: settings.learningRate,
    warmupRatio: 0.1,
    saveStrategy: 'no',
    reportTo: 'none',
    disableTqdm: true,
    seed: settings.seed,
  });
  try {
    const trainer = new Trainer({ model, args, trainDataset, tokenizer });
    await trainer.train();
    await trainer.saveModel(folder);
    return folder;
  } finally {
    model.dispose();
  }
}

/** Trains a model for each task on the sentences. */
export async function trainAll(tokenizer: PreTrainedTokenizer, settings: Settings): Promise<Folders> {
  const all = journeys(settings.rows);
  const using = { tokenizer, settings };

  const sentences = Dataset.fromArray(all.map(({ tokens, tags }) => ({ tokens, tags })));
  const tagged = await prepareTokenClassification(sentences, tokenizer, { labelNames: WORD_LABELS });
  const finder = await start(AutoModelForTokenClassification, tokenizer, settings, WORD_LABELS);
  const ner = await fit('entities', finder, tagged, using);

  const asked = await prepareQuestionAnswering(Dataset.fromArray(questions(all)), tokenizer);
  const reader = await start(AutoModelForQuestionAnswering, tokenizer, settings);
  const answers = await fit('answers', reader, asked, using);

  const both = pairs(all);
  const textPair = both.map((each) => each.textPair);
  const encoded = await tokenizer(
    both.map(({ text }) => text),
    { textPair },
  );
  const rows = encoded.inputIds.map((inputIds, i) => ({
    inputIds,
    ...(encoded.tokenTypeIds && { tokenTypeIds: encoded.tokenTypeIds[i]! }),
    label: both[i]!.label,
  }));
  const judge = await start(AutoModelForSequenceClassification, tokenizer, settings, PAIR_LABELS);
  // To compare two texts takes longer to learn than to look at the words of one.
  const longer = { ...settings, epochs: 3 * settings.epochs };
  const entailment = await fit('entailment', judge, Dataset.fromArray(rows), { tokenizer, settings: longer });

  return { ner, 'question-answering': answers, 'zero-shot-classification': entailment };
}
