import { describe, expect, it } from 'vitest';
import { DataError } from '../../lib/util/errors.js';
import { parseJson } from '../../lib/util/json.js';

const nested = (depth: number, inner = ''): string => '['.repeat(depth) + inner + ']'.repeat(depth);
const parse = (text: string): unknown => parseJson(text, (got) => new DataError(`got ${got}`));

describe('parseJson', () => {
  it('takes 500 levels and not one more, whether lists or objects', () => {
    expect(parse(nested(500))).toEqual(JSON.parse(nested(500)));
    expect(() => parse(nested(501))).toThrow(new DataError('got values nested more than 500 deep'));
    const objects = '{"a":'.repeat(501) + '1' + '}'.repeat(501);
    expect(() => parse(objects)).toThrow('got values nested more than 500 deep');
  });

  it('counts no brackets inside strings', () => {
    const text = JSON.stringify('"\\\\"['.repeat(600));
    expect(parse(text)).toBe(JSON.parse(text));
    expect(parse(nested(499, text))).toEqual(JSON.parse(nested(499, text)));
    expect(() => parse(nested(501, text))).toThrow('nested more than 500');
  });

  it('counts levels, not brackets', () => {
    expect(parse(`[${Array.from({ length: 600 }, () => '{"a":[]}').join()}]`)).toHaveLength(600);
  });

  it('refuses many megabytes of brackets at once', () => {
    const start = performance.now();
    expect(() => parse('['.repeat(2 ** 24))).toThrow('nested more than 500');
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('says in words of its own what is wrong, and where the parser tells', () => {
    expect(() => parse('{"a" 1}')).toThrow(new DataError('got malformed text at position 5'));
    expect(() => parse('nope')).toThrow(/^got malformed text( at position \d+)?$/);
    expect(() => parse('')).toThrow(new DataError('got malformed text'));
  });
});
