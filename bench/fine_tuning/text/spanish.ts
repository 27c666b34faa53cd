import path from 'node:path';
import {
  AutoModelForSeq2SeqLM,
  BartConfig,
  DataCollatorForSeq2Seq,
  Dataset,
  type PreTrainedModel,
  prepareSeq2Seq,
  sacrebleu,
  trainByteLevelBpe,
} from 'gridstride';
import type { DataPlace, TextOutcome, TextTask } from './plan.js';

const HELD_OUT = 1000;
const SEED = 42;
const LENGTH = 40;
const SIZES = {
  dModel: 128,
  encoderLayers: 2,
  decoderLayers: 2,
  encoderAttentionHeads: 4,
  decoderAttentionHeads: 4,
  encoderFfnDim: 512,
  decoderFfnDim: 512,
  maxPositionEmbeddings: 64,
  dropout: 0,
  attentionDropout: 0,
  activationDropout: 0,
  forcedEosTokenId: null,
};

/** A translator from English to Spanish, from nothing: BLEU of held-out pairs. */
export async function spanish({ data, rows }: DataPlace): Promise<TextTask> {
  const file = path.join(data, 'spa_eng', 'spa_every6th.txt');
  const options = { format: 'tsv', header: ['source', 'target'], quote: null } as const;
  const all = (await (await Dataset.load(file, options)).shuffle({ seed: SEED })) as Dataset<{
    source: string;
    target: string;
  }>;
  const pairs = all.toArray();
  const [test, train] = [pairs.slice(0, Math.min(HELD_OUT, rows)), pairs.slice(HELD_OUT, HELD_OUT + rows)];
  const texts = train.flatMap(({ source, target }) => [source, target]);
  const tokenizer = await trainByteLevelBpe(texts, { vocabSize: 4000, modelMaxLength: LENGTH });
  const encode = async (part: typeof train) =>
    (await prepareSeq2Seq(Dataset.fromArray(part), tokenizer, { maxLength: LENGTH })).toArray();
  const config = new BartConfig({ ...SIZES, vocabSize: tokenizer.totalVocabSize });
  const textsOf = (predictions: TextOutcome['predictions']) =>
    predictions.map((ids) => tokenizer.decode(Array.from(ids), { skipSpecialTokens: true }));
  return {
    name: 'Spanish',
    architecture: 'BartForConditionalGeneration',
    reading: 'texts',
    recipe: { epochs: 12, batch: 64, learningRate: 1e-3, warmupRatio: 0.1, weightDecay: 0.01, maxGradNorm: 1 },
    train: await encode(train),
    test: await encode(test),
    tokenizer,
    collator: new DataCollatorForSeq2Seq(),
    maxTarget: LENGTH,
    start: (seed) => Promise.resolve(AutoModelForSeq2SeqLM.fromConfig(config, { seed })),
    scores: ({ predictions }) => ({
      bleu: sacrebleu(
        textsOf(predictions),
        test.map(({ target }) => target),
      ).score,
    }),
    sample: async (model: PreTrainedModel) => {
      const asked = ['Where is the station?', 'I love you.', 'She reads a book.'];
      const { inputIds } = await tokenizer(asked);
      const { sequences } = await model.generate({ inputIds, maxLength: LENGTH });
      return textsOf(sequences).map((text, i) => `${asked[i]} -> ${text}`);
    },
  };
}
