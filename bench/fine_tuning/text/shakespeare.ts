import path from 'node:path';
import {
  AutoModelForCausalLM,
  DataCollatorForLanguageModeling,
  Dataset,
  GPT2Config,
  prepareLanguageModeling,
  trainByteLevelBpe,
} from 'gridstride';
import type { DataPlace, TextTask } from './plan.js';

const BLOCK = 128;
const SIZES = { nEmbd: 128, nLayer: 4, nHead: 4, nPositions: BLOCK, residPdrop: 0, embdPdrop: 0, attnPdrop: 0 };

/** A GPT of characters, from nothing, on tiny Shakespeare: perplexity of the last tenth. */
export async function shakespeare({ data, rows }: DataPlace): Promise<TextTask> {
  const file = path.join(data, 'tiny_shakespeare', 'input.txt');
  const [whole] = (await Dataset.fromText(file, { sampleBy: 'document' })).column('text');
  // As many tokens as there are bytes: no pair of them is ever joined.
  const tokenizer = await trainByteLevelBpe([], { vocabSize: 257, tokenizerClass: 'GPT2Tokenizer' });
  const blocks = await prepareLanguageModeling(Dataset.fromArray([{ text: whole! }]), tokenizer, { blockSize: BLOCK });
  const all = blocks.toArray().map(({ inputIds }) => ({ inputIds, labels: inputIds }));
  const cut = Math.floor(all.length * 0.9);
  const config = new GPT2Config({ ...SIZES, vocabSize: tokenizer.totalVocabSize });
  return {
    name: 'tiny Shakespeare',
    architecture: 'GPT2LMHeadModel',
    reading: 'loss',
    recipe: { epochs: 3, batch: 32, learningRate: 1e-3, warmupRatio: 0.1, weightDecay: 0.1, maxGradNorm: 1 },
    train: all.slice(0, Math.min(cut, rows)),
    test: all.slice(cut, Math.min(all.length, cut + rows)),
    tokenizer,
    collator: new DataCollatorForLanguageModeling({ tokenizer, mlm: false }),
    start: (seed) => Promise.resolve(AutoModelForCausalLM.fromConfig(config, { seed })),
    scores: ({ evalLoss }) => ({ perplexity: Math.exp(evalLoss!) }),
    sample: async (model) => {
      const inputIds = [tokenizer.encode('ROMEO:').inputIds];
      const { sequences } = await model.generate({ inputIds, maxLength: BLOCK, doSample: true, topK: 20, seed: 1 });
      return sequences.map((ids) => tokenizer.decode(ids));
    },
  };
}
