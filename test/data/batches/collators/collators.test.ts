import { describe, expect, it } from 'vitest';
import {
  DataCollatorForLanguageModeling,
  DataCollatorForMultipleChoice,
  DataCollatorForSeq2Seq,
  DataCollatorForTokenClassification,
  DataCollatorForWholeWordMask,
  type PackedBatch,
  type PaddedBatch,
  type TokenizedRow,
} from '../../../../lib/data/index.js';
import { ConfigError, DataError } from '../../../../lib/util/errors.js';
import { type GoldenBatch, goldenTokenizers, taskGolden } from '../../tasks/task_golden.js';

const all = await goldenTokenizers();
const [first] = all as [(typeof all)[0]];

/** The rows of a padded batch without their padding, one behind the other. */
function flat({ inputIds, attentionMask }: GoldenBatch): number[] {
  return inputIds.flatMap((row, r) => row.filter((_, t) => attentionMask[r]![t] === 1));
}

/** Packed and padded batches are the same rows; the latter are Python's. */
function expectBatches(
  collator: (padding: boolean) => { collate(rows: readonly TokenizedRow[]): PackedBatch | PaddedBatch },
  rows: readonly TokenizedRow[],
  golden: GoldenBatch,
): void {
  const { inputIds, attentionMask, labels } = collator(true).collate(rows) as PaddedBatch;
  expect({ inputIds, attentionMask, labels }).toEqual(golden);
  const packed = collator(false).collate(rows) as PackedBatch;
  expect(Array.from(packed.inputIds)).toEqual(flat(golden));
  expect(Array.from(packed.lengths)).toEqual(golden.attentionMask.map((row) => row.filter(Boolean).length));
}

describe.each(all)('batches like those of Python with $name', ({ tokens: tokenizer, prepared, batches }) => {
  it('of tokens with labels', () => {
    const collator = (padding: boolean) => new DataCollatorForTokenClassification({ tokenizer, padding });
    expectBatches(collator, prepared.tokens, batches.tokenClassification);
    const { labels } = collator(false).collate(prepared.tokens) as PackedBatch;
    expect(Array.from(labels!)).toEqual(prepared.tokens.flatMap((row) => row.labels));
  });

  it('of sources with targets of other lengths', () => {
    const rows = prepared.pairs;
    const padding = { padToMultipleOf: 4 };
    const batch = new DataCollatorForSeq2Seq({ tokenizer, padding }).collate(rows) as PaddedBatch;
    const { inputIds, attentionMask, labels } = batch;
    expect({ inputIds, attentionMask, labels } as unknown).toEqual(batches.seq2seq);
    const packed = new DataCollatorForSeq2Seq().collate(rows) as PackedBatch;
    expect(Array.from(packed.labels!)).toEqual(rows.flatMap((row) => row.labels));
    expect(Array.from(packed.decoderLengths!)).toEqual(rows.map((row) => row.labels.length));
    expect(new DataCollatorForSeq2Seq().collate([{ inputIds: [1] }]).labels).toBeUndefined();
  });

  it('of texts whose every token is masked, or predicts the next', () => {
    const rows = taskGolden.texts.slice(0, 2).map((text) => tokenizer.encode(text));
    const every = { tokenizer, mlmProbability: 1, maskReplaceProb: 1, randomReplaceProb: 0 };
    const masked = (padding: boolean) => new DataCollatorForLanguageModeling({ ...every, padding });
    expectBatches(masked, rows, batches.maskedLanguageModeling);
    const causal = (padding: boolean) => new DataCollatorForLanguageModeling({ tokenizer, mlm: false, padding });
    expectBatches(causal, rows, batches.causalLanguageModeling);
  });

  it('of questions with choices', () => {
    const pairs = prepared.pairs.slice(0, 2).map(({ inputIds }, i) => [inputIds, prepared.pairs[i + 1]!.inputIds]);
    const rows = pairs.map((inputIds, label) => ({ inputIds, label }));
    const batch = new DataCollatorForMultipleChoice().collate(rows);
    const { inputIds, attentionMask, labels } = batches.multipleChoice as unknown as Record<string, number[][][]>;
    const golden = { inputIds: inputIds!.flat(), attentionMask: attentionMask!.flat(), labels: [] };
    expect(Array.from(batch.inputIds)).toEqual(flat(golden));
    expect(batch).toMatchObject({ numChoices: 2, labels: Int32Array.from(labels as unknown as number[]) });
  });
});

describe('DataCollatorForLanguageModeling', () => {
  const tokenizer = first.tokens;
  const text = taskGolden.texts.join(' ');
  const rows = Array.from({ length: 400 }, () => tokenizer.encode(text, { returnWordIds: true }));
  const special = new Set(tokenizer.allSpecialIds);

  it('masks 15 % of the tokens, of which 80 % are hidden, 10 % replaced and 10 % left', () => {
    const batch = new DataCollatorForLanguageModeling({ tokenizer, seed: 3 }).collate(rows) as PackedBatch;
    const original = rows.flatMap(({ inputIds }) => inputIds);
    const chosen = [...original.keys()].filter((t) => batch.labels![t] !== -100);
    expect(chosen.every((t) => batch.labels![t] === original[t] && !special.has(original[t]!))).toBe(true);
    const maskable = original.filter((id) => !special.has(id)).length;
    const share = (count: number, of: number) => count / of;
    // Four standard deviations of a share p of n draws.
    const near = (got: number, p: number, n: number) =>
      expect(Math.abs(got - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
    near(share(chosen.length, maskable), 0.15, maskable);
    const hidden = chosen.filter((t) => batch.inputIds[t] === tokenizer.maskTokenId).length;
    const left = chosen.filter((t) => batch.inputIds[t] === original[t]).length;
    const { totalVocabSize: words } = tokenizer;
    near(share(hidden, chosen.length), 0.8 + 0.1 / words, chosen.length);
    near(share(left, chosen.length), 0.1 + 0.1 / words, chosen.length);
    expect([...original.keys()].every((t) => batch.labels![t] !== -100 || batch.inputIds[t] === original[t])).toBe(
      true,
    );
  });

  it('draws by seed and place: the same there, others elsewhere', () => {
    const some = rows.slice(0, 4);
    const make = (seed: number) => new DataCollatorForLanguageModeling({ tokenizer, seed });
    const at = (seed: number, epoch: number, batch: number) => make(seed).collate(some, { epoch, batch });
    expect(at(1, 0, 2)).toEqual(at(1, 0, 2));
    const others = [at(1, 0, 3), at(1, 1, 2), at(2, 0, 2), at(1, -1, 2)];
    for (const other of others) expect(other).not.toEqual(at(1, 0, 2));
    const counting = make(1);
    expect([counting.collate(some), counting.collate(some)]).toEqual([at(1, 0, 0), at(1, 0, 1)]);
  });

  it('masks whole words or none of their tokens', () => {
    const some = rows.slice(0, 40);
    const collator = new DataCollatorForWholeWordMask({ tokenizer, mlmProbability: 0.4 });
    const { labels, inputIds } = collator.collate(some) as PackedBatch;
    let t = 0;
    const words = new Map<string, Set<boolean>>();
    for (const [row, { wordIds }] of some.entries())
      for (const word of wordIds!) {
        const isMasked = labels![t] !== -100;
        expect(isMasked).toBe(inputIds[t] === tokenizer.maskTokenId);
        if (word === null) expect(isMasked).toBe(false);
        else words.set(`${row} ${word}`, (words.get(`${row} ${word}`) ?? new Set()).add(isMasked));
        t += 1;
      }
    expect([...words.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...words.values()].flatMap((set) => [...set])).size).toBe(2);
    expect(() => collator.collate([{ inputIds: [5] }])).toThrow(
      'rows must have wordIds (returnWordIds), got none in row 0',
    );
  });

  it.each([
    [{ mlmProbability: 1.5 }, 'mlmProbability must be from 0 to 1, got 1.5'],
    [{ maskReplaceProb: 0.9, randomReplaceProb: 0.2 }, 'must be at most 1 together'],
    [{ mlm: false, wholeWordMask: true }, 'wholeWordMask needs mlm'],
    [{ seed: -1 }, 'seed must be an integer'],
    [{ mlmProbabilty: 0.2 }, 'did you mean "mlmProbability"?'],
  ])('refuses %j', (options, text) => {
    expect(() => new DataCollatorForLanguageModeling({ tokenizer, ...options })).toThrow(ConfigError);
    expect(() => new DataCollatorForLanguageModeling({ tokenizer, ...options })).toThrow(text);
  });
});

describe('rows that do not fit', () => {
  it.each([
    [
      () => new DataCollatorForTokenClassification().collate([{ inputIds: [1, 2], labels: [1] }]),
      'got 1 for 2 in row 0',
    ],
    [() => new DataCollatorForSeq2Seq().collate([{ inputIds: [1], labels: [] }]), 'labels must be a list of tokens'],
    [() => new DataCollatorForSeq2Seq().collate([{ inputIds: [1], label: 3 }]), 'got 3 in row 0'],
    [
      () => new DataCollatorForMultipleChoice().collate([{ inputIds: [[1], [2]] }, { inputIds: [[1]] }]),
      'equally many choices, got 1 for 2 in row 1',
    ],
  ])('%#', (collate, text) => {
    expect(collate).toThrow(DataError);
    expect(collate).toThrow(text);
  });
});
