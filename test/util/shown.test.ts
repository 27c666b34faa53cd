import { describe, expect, it } from 'vitest';
import { shown } from '../../lib/util/shown.js';

describe('shown', () => {
  it('is like JSON, but tells numbers that JSON has no form for', () => {
    expect(shown({ a: [1, 'x', null, true], b: {} })).toBe('{"a":[1,"x",null,true],"b":{}}');
    expect(shown(JSON.parse('[1e999, -1e999]'))).toBe('[Infinity,-Infinity]');
    expect([NaN, undefined, 5n].map(shown)).toEqual(['NaN', 'undefined', '5']);
  });

  it('cuts what is long, wide or deep', () => {
    let deep: unknown = [];
    for (let i = 0; i < 200_000; i++) deep = [deep];
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(shown(deep)).toBe('[[[[[...]]]]]');
    expect(shown(cyclic)).toBe('{"self":{"self":{"self":{"self":{...}}}}}');
    for (const value of ['x'.repeat(1e6), Array(1e5).fill('word'), { ['k'.repeat(1e6)]: 1 }, [['y'.repeat(1e6)], 'z']])
      expect(shown(value)).toMatch(/^.{77}\.\.\.$/);
  });
});
