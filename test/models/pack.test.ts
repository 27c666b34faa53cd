import { describe, expect, it } from 'vitest';
import { tensor } from '../../lib/index.js';
import { packOnHost, pickKept, tokenValues } from '../../lib/models/shared/pack.js';
import type { ModelInputs } from '../../lib/index.js';

const packed = (inputs: ModelInputs, readsFirstColumn = false) =>
  packOnHost(inputs, { where: 'Model', readsFirstColumn });

describe('packing', () => {
  it('joins rows of unequal lengths', () => {
    const { ids, positions, layout, types } = packed({ inputIds: [[5, 6, 7], [8], [9, 10]] });
    expect([...ids!]).toEqual([5, 6, 7, 8, 9, 10]);
    expect([...positions]).toEqual([0, 1, 2, 0, 0, 1]);
    expect(layout).toMatchObject({ batch: 3, width: 3, lengths: [3, 1, 2], isPacked: false });
    expect([...layout.cells]).toEqual([0, 1, 2, 3, 6, 7]);
    expect(types).toBeUndefined();
  });

  it('leaves out what the mask hides and keeps the columns as positions', () => {
    const inputs = {
      inputIds: [
        [0, 0, 5, 6],
        [7, 8, 9, 10],
      ],
      attentionMask: [
        [0, 0, 1, 1],
        [1, 0, 1, 0],
      ],
      tokenTypeIds: [
        [0, 0, 0, 1],
        [0, 0, 1, 1],
      ],
    };
    const { ids, positions, types, layout } = packed(inputs);
    expect([...ids!]).toEqual([5, 6, 7, 9]);
    expect([...positions]).toEqual([2, 3, 0, 2]);
    expect([...types!]).toEqual([0, 1, 0, 1]);
    expect(layout.lengths).toEqual([2, 2]);
    expect([
      ...tokenValues(
        'Model',
        'labels',
        [
          [-1, -1, 2, 3],
          [4, 5, 6, 7],
        ],
        layout,
      ),
    ]).toEqual([2, 3, 4, 6]);
  });

  it('keeps a hidden first column for a model that reads it', () => {
    const { ids, layout } = packed(
      {
        inputIds: [
          [1, 2],
          [3, 4],
        ],
        attentionMask: [
          [0, 1],
          [1, 0],
        ],
      },
      true,
    );
    expect([...ids!]).toEqual([1, 2, 3]);
    expect([...layout.ghosts!]).toEqual([1, 0, 0]);
    expect(layout.lengths).toEqual([2, 1]);
  });

  it('takes data with a shape, tensors, 64-bit integers and packed batches alike', () => {
    const rows = {
      inputIds: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      attentionMask: [
        [1, 1, 0],
        [1, 1, 1],
      ],
    };
    const expected = packed(rows);
    const shape = [2, 3];
    const data = Int32Array.of(1, 2, 3, 4, 5, 6);
    const mask = Uint8Array.of(1, 1, 0, 1, 1, 1);
    expect(packed({ inputIds: { data, shape }, attentionMask: { data: mask, shape } })).toEqual(expected);
    expect(
      packed({ inputIds: { data: BigInt64Array.from(data, BigInt), shape }, attentionMask: rows.attentionMask }),
    ).toEqual(expected);
    const [ids, seen] = [tensor(data, { shape }), tensor(mask, { shape, dtype: 'bool' })];
    expect(packed({ inputIds: ids, attentionMask: seen })).toEqual(expected);
    const flat = packed({ inputIds: Int32Array.of(1, 2, 4, 5, 6), cuSeqlens: Int32Array.of(0, 2, 5) });
    expect(flat).toMatchObject({ ids: expected.ids, positions: expected.positions });
    expect(flat.layout).toMatchObject({ lengths: [2, 3], isPacked: true });
  });

  it('picks values of ragged rows', () => {
    const { layout } = packed({ inputIds: [[5, 6, 7], [8], [9, 10]] });
    expect([...pickKept(layout, Int32Array.of(0, 1, 2, 3, 4, 5))]).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('packing refuses', () => {
  const bad: [what: string, inputs: ModelInputs, text: RegExp][] = [
    ['neither ids nor embeddings', {}, /one of inputIds and inputsEmbeds must be given, got neither/],
    ['an empty batch', { inputIds: [] }, /a batch must hold a sequence, got none/],
    ['an empty row', { inputIds: [[1], []] }, /a sequence must have a token, got an empty row \(row 1\)/],
    ['a hidden row', { inputIds: [[1, 2]], attentionMask: [[0, 0]] }, /got a row of 2 that the mask hides \(row 0\)/],
    ['fractions', { inputIds: [[1, 2.5]] }, /inputIds must be 32-bit integers, got 2.5 at token 1 of row 0/],
    ['ids of null', { inputIds: [[1, null as never]] }, /32-bit integers, got null at token 1 of row 0/],
    ['ids of text', { inputIds: [['7' as never]] }, /32-bit integers, got 7 at token 0 of row 0/],
    [
      'lengths past 32 bits',
      { inputIds: Int32Array.of(1, 2, 3), lengths: [2 ** 32 + 3] },
      /got 4294967299 at position 0/,
    ],
    [
      'lengths of NaN',
      { inputIds: Int32Array.of(1, 2, 3), lengths: [NaN, 3] },
      /lengths must be whole numbers from 0 to 2\^31 - 1, got NaN at position 0/,
    ],
    ['lengths of no list', { inputIds: Int32Array.of(1), lengths: 1 as never }, /lengths must be a list of numbers/],
    [
      'lengths that wrap when added up',
      { inputIds: Int32Array.of(1), lengths: [2 ** 31 - 1, 2 ** 31 - 1, 3] },
      /a batch must be under 2\^31 tokens, got 4294967297/,
    ],
    [
      'cuSeqlens past 32 bits',
      { inputIds: Int32Array.of(1), cuSeqlens: [2 ** 32, 1] },
      /cuSeqlens must be whole numbers/,
    ],
    ['huge ids', { inputIds: [[2 ** 40]] }, /inputIds must be 32-bit integers/],
    [
      'a mask of other rows',
      { inputIds: [[1, 2]], attentionMask: [[1], [1]] },
      /as many rows as inputIds, got 2 for 1/,
    ],
    [
      'a mask of other lengths',
      { inputIds: [[1, 2]], attentionMask: [[1]] },
      /as long as inputIds, got 1 for 2 in row 0/,
    ],
    ['a mask of other values', { inputIds: [[1, 2]], attentionMask: [[1, 3]] }, /attentionMask must be 0 or 1, got 3/],
    ['flat ids without lengths', { inputIds: Int32Array.of(1, 2) }, /need a shape .* or the batch's lengths/],
    ['data of another size', { inputIds: { data: [1, 2, 3], shape: [2, 2] } }, /got \(2, 2\) for 3 values/],
    ['lengths of another total', { inputIds: Int32Array.of(1, 2), lengths: [3] }, /must have 3 values, got 2/],
    [
      'cuSeqlens that do not begin with 0',
      { inputIds: Int32Array.of(1), cuSeqlens: [1, 2] },
      /must begin with 0, got 1/,
    ],
    [
      'cuSeqlens that go back',
      { inputIds: Int32Array.of(1, 2), cuSeqlens: [0, 5, 2] },
      /cuSeqlens must not go back, got 2 after 5/,
    ],
    ['text', { inputIds: ['hello'] as never }, /inputIds must be rows of integers, got string in row 0/],
  ];
  it.each(bad)('%s', (_, inputs, text) => {
    expect(() => packed(inputs)).toThrow(text);
  });

  it('a mask that only a device knows, and names what reads it', () => {
    const mask = tensor([[1, 1]], { dtype: 'i32' });
    mask.host = undefined;
    expect(() => packed({ inputIds: [[1, 2]], attentionMask: mask })).toThrow(
      /attentionMask must be known on the host.*await pack/,
    );
  });
});
