import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AutoModel,
  AutoModelForSequenceClassification,
  AutoTokenizer,
  noGrad,
  Segments,
  segmentPool,
  tidy,
} from '../../lib/index.js';
import { expectClose, summarize } from '../golden/compare.js';
import { loadEmbeddingGolden, loadLabelGolden } from '../golden/load.js';
import { sharedPath } from '../shared.js';

const minilm = sharedPath('models/all-minilm-l6-v2');
const ticket = sharedPath('models/bert-ticket-classifier-tiny');
const tickets = sharedPath('data/bert_ticket_classifier_data');

/** Ids of texts, cut to `limit` tokens. */
async function encode(folder: string, texts: readonly string[], limit: number): Promise<number[][]> {
  const tokenizer = await AutoTokenizer.fromPretrained(folder);
  const { inputIds } = await tokenizer(texts, { truncation: true, maxLength: limit });
  return inputIds;
}

describe.runIf(minilm)('all-minilm-l6-v2', () => {
  const golden = loadEmbeddingGolden('minilm_embeddings');

  it('gives the sentence embeddings of Python, padded and packed', async () => {
    using model = await AutoModel.fromPretrained(minilm!);
    expect(model.loadReport).toEqual({ newWeights: [], unexpected: [] });
    const texts = golden.texts.map(({ text, repeat }) => text.repeat(repeat));
    const rows = await encode(minilm!, texts, golden.maxLength);
    expect(rows.map((row) => row.length)).toEqual(golden.texts.map(({ tokens }) => tokens));
    const width = Math.max(...rows.map((row) => row.length));
    const filled = (row: number[], value: number) => [
      ...row,
      ...Array.from({ length: width - row.length }, () => value),
    ];
    const packed = noGrad(() =>
      model.forward({ inputIds: Int32Array.from(rows.flat()), lengths: rows.map((row) => row.length) }),
    );
    const padded = noGrad(() =>
      model.forward({
        inputIds: rows.map((row) => filled(row, 0)),
        attentionMask: rows.map((row) =>
          filled(
            row.map(() => 1),
            0,
          ),
        ),
      }),
    );
    const pooled = tidy(() =>
      segmentPool(
        packed.lastHiddenState,
        Segments.fromLengths(
          rows.map((row) => row.length),
          model.device,
        ),
        'mean',
      ),
    );
    const [flat, grid] = [await pooled.data(), await padded.lastHiddenState.data()];
    const size = golden.hiddenSize;
    const unit = (vector: ArrayLike<number>) => {
      const norm = Math.hypot(...Array.from(vector));
      return Array.from(vector, (value) => value / norm);
    };
    const vectors = rows.map((row, i) => {
      const fromPacked = unit(flat.slice(i * size, (i + 1) * size) as Float32Array);
      const begin = i * width * size;
      const sum = Array.from({ length: size }, (_, c) =>
        row.reduce((s, _token, t) => s + Number(grid[begin + t * size + c]), 0),
      );
      expectClose(unit(sum), fromPacked, { absolute: 1e-5 }, `row ${i}: padded against packed`);
      return fromPacked;
    });
    golden.texts.forEach(({ first, summary, text }, i) => {
      expectClose(vectors[i]!.slice(0, 8), first, { absolute: 1e-4 }, text.slice(0, 40));
      expectClose(summarize(vectors[i]!), summary, { absolute: 1e-4 * Math.sqrt(size) }, text.slice(0, 40));
    });
    for (const { first, second, cosine } of golden.cosines)
      expect(vectors[first]!.reduce((s, value, c) => s + value * vectors[second]![c]!, 0)).toBeCloseTo(cosine, 4);
    pooled.dispose();
    packed.dispose();
    padded.dispose();
  });
});

describe.runIf(ticket)('bert-ticket-classifier-tiny', () => {
  const softmax = (logits: number[]): number[] => {
    const top = Math.max(...logits);
    const weights = logits.map((value) => Math.exp(value - top));
    const sum = weights.reduce((s, value) => s + value, 0);
    return weights.map((value) => value / sum);
  };

  it('gives the label probabilities of Python', async () => {
    const golden = loadLabelGolden('ticket_labels');
    using model = await AutoModelForSequenceClassification.fromPretrained(ticket!);
    expect(Object.values(model.config.id2label)).toEqual(golden.labels);
    const texts = golden.texts.map(({ text }) => text);
    const inputIds = await encode(ticket!, texts, golden.maxLength);
    using output = noGrad(() => model.forward({ inputIds }));
    const logits = (await output.logits.toArray()) as number[][];
    golden.texts.forEach(({ probabilities, text }, i) =>
      expectClose(softmax(logits[i]!), probabilities, { absolute: 1e-4 }, text),
    );
    expect(golden.labels[1]).toBe('login_issue');
    expect(softmax(logits[0]!)[1]).toBeCloseTo(0.9991, 4);
  });

  it.runIf(tickets)('is right as often as stated: train 60 of 60, validation 11 of 18, test 12 of 18', async () => {
    using model = await AutoModelForSequenceClassification.fromPretrained(ticket!);
    for (const [split, expected] of [
      ['train', 60],
      ['validation', 11],
      ['test', 12],
    ] as const) {
      const lines = readFileSync(join(tickets!, `${split}.jsonl`), 'utf8')
        .trim()
        .split('\n');
      const rows = lines.map((line) => JSON.parse(line) as { text: string; label: string });
      const texts = rows.map(({ text }) => text);
      const inputIds = await encode(ticket!, texts, 160);
      using output = noGrad(() => model.forward({ inputIds }));
      const logits = (await output.logits.toArray()) as number[][];
      const right = rows.filter(
        ({ label }, i) => logits[i]!.indexOf(Math.max(...logits[i]!)) === model.config.label2id[label],
      );
      expect([split, right.length]).toEqual([split, expected]);
    }
  });
});
