import fc from 'fast-check';
import '../seeded.js';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../lib/util/errors.js';
import { type PhiloxBlock, PhiloxRandom, permutation, philox4x32 } from '../../lib/util/philox.js';

const hex = (words: readonly number[]): string => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  // The three known answers published with Random123 (kat_vectors, philox4x32 10).
  const known: [PhiloxBlock, [number, number], string][] = [
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ];
  it.each(known)('gives the published answer for counter %j and key %j', (counter, key, answer) => {
    expect(hex(philox4x32(counter, key))).toBe(answer);
  });
});

describe('PhiloxRandom', () => {
  it('is the blocks of counters offset, offset + 1, ... under the seed as key', () => {
    const random = new PhiloxRandom(0x0000000500000003n, 0xffffffffn);
    const drawn = Array.from({ length: 8 }, () => random.nextUint32());
    expect(drawn).toEqual([...philox4x32([0xffffffff, 0, 0, 0], [3, 5]), ...philox4x32([0, 1, 0, 0], [3, 5])]);
  });

  it('gives the same numbers for the same seed and others for another', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (seed) => {
        const draw = (s: bigint): number[] => {
          const random = new PhiloxRandom(s);
          return Array.from({ length: 5 }, () => random.nextUint32());
        };
        expect(draw(seed)).toEqual(draw(seed));
        expect(draw(seed)).not.toEqual(draw(seed ^ 1n));
      }),
    );
  });

  it('stays below the bound and reaches every value about equally often', () => {
    const random = new PhiloxRandom(1);
    const counts = Array.from({ length: 7 }, () => 0);
    for (let i = 0; i < 7000; i++) counts[random.nextBelow(7)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(random.nextBelow(1)).toBe(0);
    expect(random.nextBelow(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it('is not biased to small numbers where the bound is no divisor of 2^32', () => {
    const random = new PhiloxRandom(3);
    const draws = Array.from({ length: 3000 }, () => random.nextBelow(3 * 2 ** 30));
    // Without rejection the lowest third would come up half of the time.
    expect(Math.abs(draws.filter((draw) => draw < 2 ** 30).length - 1000)).toBeLessThan(150);
  });

  it('draws floats in [0, 1) with mean one half', () => {
    const random = new PhiloxRandom(2);
    const floats = Array.from({ length: 10_000 }, () => random.nextFloat());
    expect(floats.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(floats.reduce((a, b) => a + b) / floats.length).toBeCloseTo(0.5, 1);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53, -1n, 1n << 64n])('refuses %s as seed and as offset', (value) => {
    expect(() => new PhiloxRandom(value)).toThrow(ConfigError);
    expect(() => new PhiloxRandom(0, value)).toThrow(/random: offset must be an integer from 0/);
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1])('refuses %s as bound', (bound) => {
    expect(() => new PhiloxRandom(0).nextBelow(bound)).toThrow(ConfigError);
  });
});

describe('permutation', () => {
  it('holds every index once, for any length and seed', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), (length, seed) => {
        const order = permutation(length, new PhiloxRandom(seed));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
    );
  });

  it('reaches all orders of three about equally often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const key = permutation(3, new PhiloxRandom(seed)).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
