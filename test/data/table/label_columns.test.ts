import { describe, expect, expectTypeOf, it } from 'vitest';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

const of = (labels: readonly unknown[]): Dataset<{ label: unknown }> =>
  Dataset.fromArray(labels.map((label) => ({ label })));

describe('Dataset.classEncodeColumn', () => {
  it('numbers labels in code-point order of their texts, as Hugging Face does', async () => {
    const encoded = await of(['spam', 'Ham', 'ham', 'spam', '\u{1f600}', '\uffee']).classEncodeColumn('label');
    expectTypeOf(encoded.at(0).label).toEqualTypeOf<number>();
    expect(encoded.labelNames).toEqual({ label: ['Ham', 'ham', 'spam', '\uffee', '\u{1f600}'] });
    expect(encoded.column('label')).toEqual([2, 0, 1, 2, 4, 3]);
    const numbers = await of([10, 2, 10, 1]).classEncodeColumn('label');
    expect(numbers.labelNames['label']).toEqual(['1', '10', '2']);
    expect(numbers.column('label')).toEqual([1, 2, 1, 0]);
    expect((await of([true, false]).classEncodeColumn('label')).labelNames['label']).toEqual(['false', 'true']);
    expect((await of([]).classEncodeColumn('label')).length).toBe(0);
  });

  it('refuses rows without a label', async () => {
    for (const missing of [null, undefined, Number.NaN, ['a']])
      await expect(of(['a', missing]).classEncodeColumn('label')).rejects.toThrow(/must hold labels .* in row 1/);
    await expect(of(['a']).classEncodeColumn('labels' as 'label')).rejects.toThrow(DataError);
  });

  it('names go with the column, and not with another that takes its place', async () => {
    const encoded = await of(['b', 'a']).classEncodeColumn('label');
    const names = ['a', 'b'];
    expect(encoded.renameColumn('label', 'class').labelNames).toEqual({ class: names });
    expect((await encoded.shuffle()).select([0]).labelNames).toEqual({ label: names });
    expect(encoded.addColumn('x', [1, 2]).removeColumns('label').labelNames).toEqual({});
    expect((await encoded.map((_, x) => ({ x }))).labelNames).toEqual({ label: names });
    expect((await encoded.map(() => ({ label: 'text' }))).labelNames).toEqual({});
    expect((await encoded.castNumbers('label')).labelNames).toEqual({});
  });
});

describe('Dataset.castLabels', () => {
  it('gives the numbers of given names, of their places in digits and of numbers', async () => {
    const cast = await of(['spam', 'ham', '1', 0]).castLabels('label', ['ham', 'spam', 'other']);
    expect(cast.column('label')).toEqual([1, 0, 1, 0]);
    expect(cast.labelNames['label']).toEqual(['ham', 'spam', 'other']);
    expect((await of(['2', '3']).castLabels('label', ['2', '3'])).column('label')).toEqual([0, 1]);
  });

  it('refuses labels unseen, with the nearest, and bad names', async () => {
    await expect(of(['ham', 'spma']).castLabels('label', ['ham', 'spam'])).rejects.toThrow(
      'castLabels: column label must hold known labels (ham, spam), got "spma" in row 1 (did you mean "spam"?)',
    );
    await expect(of([2]).castLabels('label', ['a', 'b'])).rejects.toThrow(DataError);
    for (const names of [[], ['a', 'a'], 'a', [1]])
      await expect(of(['a']).castLabels('label', names as string[])).rejects.toThrow(ConfigError);
  });
});

describe('Dataset.encodeMultiLabels', () => {
  it('splits texts and takes lists, with found or given names', async () => {
    const found = await of(['b, a', '', 'c', ['a', 'c']]).encodeMultiLabels('label');
    expect(found.labelNames['label']).toEqual(['a', 'b', 'c']);
    expect(found.column('label')).toEqual([
      [1, 1, 0],
      [0, 0, 0],
      [0, 0, 1],
      [1, 0, 1],
    ]);
    const options = { separator: '|', names: ['joy', 'anger', 'fear'] };
    const given = await of(['2|joy', [1], 0]).encodeMultiLabels('label', options);
    expect(given.column('label')).toEqual([
      [1, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ]);
    await expect(of(['x']).encodeMultiLabels('label', options)).rejects.toThrow('got "x" in row 0');
    await expect(of([null]).encodeMultiLabels('label')).rejects.toThrow('must be a text or a list, got null in row 0');
  });
});

describe('Dataset.castNumbers', () => {
  it('reads numbers of texts and refuses what is none', async () => {
    expect((await of(['1.5', ' -2e1 ', 3]).castNumbers('label')).column('label')).toEqual([1.5, -20, 3]);
    for (const bad of ['', 'x', null, [1], Infinity])
      await expect(of([1, bad]).castNumbers('label')).rejects.toThrow(
        /castNumbers: column label must hold numbers.*row 1/,
      );
  });
});
