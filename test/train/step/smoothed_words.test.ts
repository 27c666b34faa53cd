import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoModelForCausalLM,
  AutoModelForSeq2SeqLM,
  BartConfig,
  DataCollatorForSeq2Seq,
  DataCollatorWithPacking,
  DataCollatorWithPadding,
  Dataset,
  GPT2Config,
  type TokenizedRow,
  type Tensor,
  type TrainerOptions,
} from '../../../lib/index.js';
import { tinyTrainer } from '../tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-words-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WORDS = 9;
const BART = {
  vocabSize: WORDS,
  dModel: 8,
  encoderLayers: 1,
  decoderLayers: 1,
  encoderAttentionHeads: 2,
  decoderAttentionHeads: 2,
  encoderFfnDim: 8,
  decoderFfnDim: 8,
  maxPositionEmbeddings: 8,
  initStd: 1,
};

/** -(1 - e) log p(label) - e mean(log p), e = 0.2: the LabelSmoother of Python. */
function smoothed(scores: readonly number[], label: number): number {
  const sum = Math.log(scores.reduce((all, x) => all + Math.exp(x), 0));
  const mean = scores.reduce((all, x) => all + x, 0) / scores.length;
  return sum - 0.8 * scores[label]! - 0.2 * mean;
}

const meanOf = (terms: readonly number[]): number => terms.reduce((sum, term) => sum + term, 0) / terms.length;

/** The scores of a row alone: one list for each token. */
async function scoresOf({ logits }: { logits: Tensor }): Promise<number[][]> {
  return ((await logits.toArray()) as number[][][])[0]!;
}

async function evalLoss(rows: TokenizedRow[], options: Pick<TrainerOptions, 'model' | 'dataCollator'>) {
  const evalDataset = Dataset.fromArray(rows);
  const init = { labelSmoothingFactor: 0.2, predictionLossOnly: true, perDeviceEvalBatchSize: rows.length };
  return (await tinyTrainer(folder, init, { ...options, evalDataset }).evaluate())['evalLoss'];
}

describe('smoothed labels of words', () => {
  test.each([
    ['packed', new DataCollatorWithPacking({ labelKind: 'token' })],
    ['padded', new DataCollatorWithPadding({ labelKind: 'token' })],
  ])('are those of the next token of the row, %s', async (_, dataCollator) => {
    const config = new GPT2Config({
      vocabSize: WORDS,
      nEmbd: 8,
      nLayer: 1,
      nHead: 2,
      nPositions: 8,
      initializerRange: 1,
    });
    const model = AutoModelForCausalLM.fromConfig(config, { seed: 1, device: 'cpu' }).eval();
    const rows = [
      [2, 5, 3],
      [4, 7, 8, 2, 6],
      [3, 1],
    ].map((inputIds) => ({ inputIds, labels: inputIds }));
    const terms: number[] = [];
    for (const { inputIds } of rows) {
      const scores = await scoresOf(model.forward({ inputIds: [inputIds] }));
      terms.push(...inputIds.slice(1).map((label, t) => smoothed(scores[t]!, label)));
    }
    expect(terms).toHaveLength(7);
    expect(await evalLoss(rows, { model, dataCollator })).toBeCloseTo(meanOf(terms), 5);
  });

  test.each([
    ['packed', new DataCollatorForSeq2Seq()],
    ['padded', new DataCollatorForSeq2Seq({ padding: { padTokenId: 1 } })],
  ])('are those of the text to write, which the decoder reads, %s', async (_, dataCollator) => {
    const model = AutoModelForSeq2SeqLM.fromConfig(new BartConfig(BART), { seed: 1, device: 'cpu' }).eval();
    const rows = [
      { inputIds: [0, 5, 3, 2], labels: [4, 2] },
      { inputIds: [0, 7, 2], labels: [6, 8, 5, 2] },
    ];
    const terms: number[] = [];
    for (const { inputIds, labels } of rows) {
      const scores = await scoresOf(model.forward({ inputIds: [inputIds], labels: [labels] }));
      terms.push(...labels.map((label, t) => smoothed(scores[t]!, label)));
    }
    expect(await evalLoss(rows, { model, dataCollator })).toBeCloseTo(meanOf(terms), 5);
  });
});
