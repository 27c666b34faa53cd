import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AdamW,
  AutoModel,
  AutoModelForSequenceClassification,
  AutoTokenizer,
  clipGradNorm,
  noGrad,
  pipeline,
  trainByteLevelBpe,
  trainWordPiece,
} from 'gridstride';
import { readSafetensors, writeSafetensors } from '../../lib/io/safetensors.js';
import { addon } from '../../lib/native/addon.js';
import { full } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';
import { PhiloxRandom } from '../../lib/util/philox.js';
import { bertBaseConfig, sharedFolder } from '../models/bert_base.js';
import { serve } from '../service/callers.js';
import { madeTexts, smallClassifier } from '../service/small_classifier.js';

/** Work that must leave the event loop free, ready to run. */
export interface Work {
  /** Once: returns when everything it started is done. */
  run(): Promise<void>;
  /** What `run` is timed against, in turns. */
  readonly rival?: { readonly name: string; run(): Promise<void> };
  /** Sizes and options, for the result. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

/** What a scenario is set up with. */
export interface Setting {
  /** A folder for files, empty at first and the same for all scenarios. */
  readonly folder: string;
  /** Size of checkpoints. */
  readonly megabytes: number;
}

const TENSORS = 100;

/** Weights of about the form of a model's: many tensors of a few megabytes. */
function weights(megabytes: number): Map<string, Tensor> {
  const rows = Math.ceil((megabytes * 1e6) / 4 / TENSORS / 1024);
  return new Map(Array.from({ length: TENSORS }, (_, i) => [`layer.${i}.weight`, full([rows, 1024], i)]));
}

function disposeAll(tensors: ReadonlyMap<string, Tensor>): void {
  for (const tensor of tensors.values()) tensor.dispose();
}

async function loadWork({ folder, megabytes }: Setting): Promise<Work> {
  const file = join(folder, 'load.safetensors');
  const tensors = weights(megabytes);
  await writeSafetensors(file, tensors);
  disposeAll(tensors);
  return {
    run: async () => {
      disposeAll(await readSafetensors(file));
      addon().releaseCache('cpu'); // each run takes its memory anew, as the first load of a process does
    },
    rival: {
      name: 'fs.promises.readFile',
      run: async () => {
        await readFile(file);
      },
    },
    params: { megabytes },
  };
}

async function saveWork({ folder, megabytes }: Setting): Promise<Work> {
  const tensors = weights(megabytes);
  return { run: () => writeSafetensors(join(folder, 'save.safetensors'), tensors), params: { megabytes } };
}

const BATCH = 8;
const SEQ = 128;

/** A batch of full rows: (B, S). */
function batchOf(vocabSize: number): { data: Int32Array; shape: number[] } {
  return {
    data: Int32Array.from({ length: BATCH * SEQ }, (_, i) => 1 + ((i * 7919) % (vocabSize - 1))),
    shape: [BATCH, SEQ],
  };
}

async function forwardWork(): Promise<Work> {
  const model = AutoModel.fromConfig(bertBaseConfig());
  const inputs = { inputIds: batchOf(model.encoder.spec.vocabSize) };
  return {
    run: async () => {
      using outputs = noGrad(() => model.forward(inputs));
      await outputs.lastHiddenState.data();
    },
    params: { model: 'BERT-base', batch: BATCH, seq: SEQ },
  };
}

/** Forward with dropout, backward, clipping and AdamW. */
async function trainingStepWork(): Promise<Work> {
  const model = AutoModelForSequenceClassification.fromConfig(bertBaseConfig()).train();
  const optimizer = new AdamW(model.parameters(), { lr: 1e-5 });
  const inputs = {
    inputIds: batchOf(model.encoder.spec.vocabSize),
    labels: Int32Array.from({ length: BATCH }, (_, i) => i % 2),
  };
  return {
    run: async () => {
      using outputs = model.forward(inputs);
      outputs.loss!.backward();
      clipGradNorm(model.parameters(), 1).dispose();
      optimizer.step();
      optimizer.zeroGrad();
      await outputs.loss!.item();
    },
    params: { model: 'BERT-base', batch: BATCH, seq: SEQ },
  };
}

async function tokenizeWork(): Promise<Work> {
  const folder = sharedFolder('tokenizers/bert-base-uncased-minilm');
  const sentence = 'The quick brown fox jumps over the lazy dog, again and again, until somebody else takes over. ';
  const tokenizer =
    folder === undefined
      ? await trainWordPiece([sentence], { minFrequency: 1 })
      : await AutoTokenizer.fromPretrained(folder);
  const text = sentence.repeat(Math.ceil(1e6 / sentence.length));
  return {
    run: async () => {
      await tokenizer(text);
    },
    params: { characters: text.length, vocabulary: tokenizer.vocabSize },
  };
}

/** A text that is one word to a splitter, such as encoded data: all of its million letters are merged in one piece. */
async function tokenizeWordWork(): Promise<Work> {
  const folder = sharedFolder('tokenizers/roberta');
  const tokenizer =
    folder === undefined
      ? await trainByteLevelBpe(['low lower lowest newer wider '.repeat(50)], { vocabSize: 300 })
      : await AutoTokenizer.fromPretrained(folder);
  const random = new PhiloxRandom(1);
  const text = Array.from({ length: 1_000_000 }, () => String.fromCharCode(97 + random.nextBelow(26))).join('');
  return {
    run: async () => {
      await tokenizer(text);
    },
    params: { characters: text.length, vocabulary: tokenizer.vocabSize },
  };
}

/** A service: 64 callers with one text after the other, one with a long list, one with a long text in windows. */
async function serveWork(): Promise<Work> {
  const texts = madeTexts(512);
  const { model, tokenizer } = await smallClassifier(texts);
  const classify = await pipeline('text-classification', model, { tokenizer });
  const document = texts.join(' ').repeat(4);
  return {
    run: async () => {
      await Promise.all([serve(classify, texts, 64), classify(texts), classify(document, { stride: 64 })]);
    },
    params: { model: 'BERT 4 x 128', callers: 64, texts: 2 * texts.length, characters: document.length },
  };
}

/** Every scenario by name; a new one is a line here. */
export const SCENARIOS: Readonly<Record<string, (setting: Setting) => Promise<Work>>> = {
  load: loadWork,
  save: saveWork,
  forward: forwardWork,
  training_step: trainingStepWork,
  tokenize: tokenizeWork,
  tokenize_word: tokenizeWordWork,
  serve: serveWork,
};
