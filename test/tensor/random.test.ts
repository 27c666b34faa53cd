import { describe, expect, it } from 'vitest';
import { defaultGenerator, dropout, Generator, manualSeed, ones, rand, randn } from '../../lib/index.js';

const device = 'cpu';

describe('Generator', () => {
  it('gives the same numbers again for the same seed', async () => {
    const draw = async (seed: number) => (await randn([9], { generator: new Generator(seed, device) })).data();
    expect(await draw(3)).toEqual(await draw(3));
    expect(await draw(3)).not.toEqual(await draw(4));
  });

  it('moves on with each draw, and begins anew with its seed', async () => {
    const generator = new Generator(3, device);
    const first = await rand([5], { generator }).data();
    const second = await rand([5], { generator }).data();
    expect(second).not.toEqual(first);
    expect(generator.position).toBe(4);
    generator.seed = 3;
    expect(await rand([5], { generator }).data()).toEqual(first);
    expect(await rand([5], { generator }).data()).toEqual(second);
  });

  it('goes on from a saved position', async () => {
    const generator = new Generator(8, device);
    rand([10], { generator });
    const { position } = generator;
    const next = await rand([3], { generator }).data();
    const other = new Generator(8, device);
    other.position = position;
    expect(await rand([3], { generator: other }).data()).toEqual(next);
  });

  it('is the same on every instruction set', async () => {
    const draw = async (name: string) => (await randn([33], { generator: new Generator(1, name) })).data();
    expect(await draw('cpu')).toEqual(await draw('cpu:reference'));
  });

  it('refuses a seed that is no whole number', () => {
    expect(() => new Generator(0.5, device)).toThrow(/^generator: the seed must be a whole number/);
    expect(() => manualSeed(-1)).toThrow(expect.objectContaining({ name: 'ConfigError' }));
  });

  it('is seeded for all devices by manualSeed', async () => {
    const draw = async () => (await dropout(ones([64], { device }), 0.5)).data();
    manualSeed(42);
    const first = await draw();
    manualSeed(42);
    expect(await draw()).toEqual(first);
    expect(defaultGenerator(device).seed).toBe(42);
  });
});
