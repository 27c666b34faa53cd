import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import {
  DataCollatorWithPacking,
  DataCollatorWithPadding,
  type TokenizedRow,
} from '../../../lib/data/batches/collator.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

const rows: TokenizedRow[] = [
  { inputIds: [5, 6, 7], tokenTypeIds: [0, 0, 1], label: 2 },
  { inputIds: Int32Array.of(8), label: 0 },
];
const pack = (some: readonly TokenizedRow[], labelKind?: 'class' | 'token' | 'float') =>
  new DataCollatorWithPacking(labelKind === undefined ? {} : { labelKind }).collate(some);

const tokenized = fc.array(fc.array(fc.nat(30_000), { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 6 });

describe('DataCollatorWithPacking', () => {
  it('joins rows without padding', () => {
    expect(pack(rows)).toEqual({
      inputIds: Int32Array.of(5, 6, 7, 8),
      tokenTypeIds: Int32Array.of(0, 0, 1, 0),
      cuSeqlens: Int32Array.of(0, 3, 4),
      lengths: Int32Array.of(3, 1),
      maxSeqlen: 3,
      labels: Int32Array.of(2, 0),
      labelShape: [2],
    });
  });

  it('can be taken apart into the rows it was made of', () => {
    fc.assert(
      fc.property(tokenized, (lists) => {
        const { inputIds, cuSeqlens, lengths } = pack(lists.map((ids) => ({ inputIds: ids })));
        const parts = lists.map((_, i) => [...inputIds.subarray(cuSeqlens[i], cuSeqlens[i + 1])]);
        expect(parts).toEqual(lists);
        expect([...lengths]).toEqual(lists.map((ids) => ids.length));
      }),
    );
  });

  it('takes token labels, floats and lists of floats, and leaves labels out where there are none', () => {
    const ids = [{ inputIds: [1, 2] }, { inputIds: [3] }];
    const withLabels = (labels: (number | number[])[]) => ids.map((row, i) => ({ ...row, labels: labels[i]! }));
    expect(pack(withLabels([[-100, 1], [2]]))).toMatchObject({ labels: Int32Array.of(-100, 1, 2), labelShape: [3] });
    expect(pack(withLabels([0.5, 1]), 'float')).toMatchObject({ labels: Float32Array.of(0.5, 1), labelShape: [2] });
    const lists = [
      [0, 1, 1],
      [1, 0, 0],
    ];
    expect(pack(withLabels(lists), 'float')).toMatchObject({
      labels: Float32Array.of(0, 1, 1, 1, 0, 0),
      labelShape: [2, 3],
    });
    expect(pack(ids)).not.toHaveProperty('labels');
  });

  it.each<[string, TokenizedRow[], string]>([
    ['no rows', [], 'a batch must hold a row, got none'],
    ['an empty row', [{ inputIds: [1] }, { inputIds: [] }], 'at least one token, got an empty list in row 1'],
    [
      'a row without ids',
      [{} as TokenizedRow],
      'inputIds must be a list of at least one token, got undefined in row 0',
    ],
    ['a negative id', [{ inputIds: [1, -1] }], 'integers from 0 to 2^31 - 1, got -1 at token 1 of row 0'],
    ['an id that is no integer', [{ inputIds: [0.5] }], 'got 0.5 at token 0 of row 0'],
    ['too few token types', [{ inputIds: [1, 2], tokenTypeIds: [0] }], 'got 1 for 2 tokens in row 0'],
    ['a label for some rows', [rows[0]!, { inputIds: [1] }], 'all rows or none must have a label, got one in row 0'],
    ['a class that is no integer', [{ inputIds: [1], label: 0.5 }], 'integers from 0, or -100, got 0.5 in row 0'],
    ['a negative class', [{ inputIds: [1], label: -1 }], 'integers from 0, or -100, got -1 in row 0'],
    ['a class that is text', [{ inputIds: [1], label: 'spam' as never }], 'must be a number, got "spam" in row 0'],
    ['too few token labels', [{ inputIds: [1, 2], labels: [1] }], 'as many as tokens, got 1 for 2 in row 0'],
  ])('refuses %s', (_, some, text) => {
    expect(() => pack(some)).toThrow(DataError);
    expect(() => pack(some)).toThrow(text);
    expect(() => new DataCollatorWithPadding().collate(some)).toThrow(text);
  });

  it('refuses floats that are not finite, lists of unequal length and unknown kinds', () => {
    expect(() => pack([{ inputIds: [1], label: Number.NaN }], 'float')).toThrow(
      'labels must be finite, got NaN in row 0',
    );
    const uneven = [
      { inputIds: [1], label: [0, 1] },
      { inputIds: [1], label: [0] },
    ];
    expect(() => pack(uneven, 'float')).toThrow('rows must have equally many labels, got 1 for 2 in row 1');
    expect(() => pack(rows, 'word' as 'token')).toThrow(ConfigError);
    expect(() => new DataCollatorWithPacking({ kind: 'class' } as object)).toThrow(ConfigError);
  });
});

describe('DataCollatorWithPadding', () => {
  it('pads on the right to the longest row', () => {
    expect(new DataCollatorWithPadding({ padTokenId: 9 }).collate(rows)).toEqual({
      inputIds: [
        [5, 6, 7],
        [8, 9, 9],
      ],
      attentionMask: [
        [1, 1, 1],
        [1, 0, 0],
      ],
      tokenTypeIds: [
        [0, 0, 1],
        [0, 0, 0],
      ],
      labels: [2, 0],
    });
  });

  it('pads on the left, to a given length and to a multiple', () => {
    const left = new DataCollatorWithPadding({ paddingSide: 'left', maxLength: 3, padToMultipleOf: 4 }).collate(rows);
    expect(left.inputIds).toEqual([
      [0, 5, 6, 7],
      [0, 0, 0, 8],
    ]);
    expect(left.attentionMask).toEqual([
      [0, 1, 1, 1],
      [0, 0, 0, 1],
    ]);
  });

  it('pads token labels with -100 and nests lists of floats', () => {
    const tagged = [
      { inputIds: [1, 2], labels: [3, 4] },
      { inputIds: [1], labels: [5] },
    ];
    expect(new DataCollatorWithPadding().collate(tagged).labels).toEqual([
      [3, 4],
      [5, -100],
    ]);
    const lists = [{ inputIds: [1], labels: [0, 1] }];
    expect(new DataCollatorWithPadding({ labelKind: 'float' }).collate(lists).labels).toEqual([[0, 1]]);
  });

  it('holds the same tokens as the packed batch', () => {
    fc.assert(
      fc.property(tokenized, fc.constantFrom('left', 'right'), (lists, paddingSide) => {
        const some = lists.map((inputIds) => ({ inputIds }));
        const { inputIds, attentionMask } = new DataCollatorWithPadding({ paddingSide }).collate(some);
        const real = inputIds.flatMap((row, b) => row.filter((_, s) => attentionMask[b]![s] === 1));
        expect(real).toEqual([...pack(some).inputIds]);
      }),
    );
  });

  it('refuses rows over maxLength and options out of range', () => {
    expect(() => new DataCollatorWithPadding({ maxLength: 2 }).collate(rows)).toThrow(
      'DataCollatorWithPadding: rows must have at most maxLength 2 tokens, got 3: truncate when tokenizing',
    );
    expect(() => new DataCollatorWithPadding({ padToMultipleOf: 0 })).toThrow(ConfigError);
    expect(() => new DataCollatorWithPadding({ padTokenId: -1 })).toThrow(ConfigError);
    expect(() => new DataCollatorWithPadding({ paddingSide: 'middle' as 'left' })).toThrow(ConfigError);
    expect(() => new DataCollatorWithPadding({ maxLenght: 3 } as object)).toThrow(/did you mean "maxLength"/);
  });
});
