import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inOrder, type Sleeper } from '../../../lib/pipelines/batching/in_order.js';
import { turns } from './fake_device.js';

interface Setting {
  ahead?: number;
  hasRoom?: () => boolean;
  start?: (input: number) => Promise<number>;
}

function newSleeper(): { left: Sleeper['left']; wake: Sleeper['wake'] } {
  return { left: undefined, wake: undefined };
}

function run(inputs: Iterable<number> | AsyncIterable<number>, setting: Setting = {}, sleeper = newSleeper()) {
  const { ahead = 4, hasRoom = () => true, start = (input) => Promise.resolve(input * 10) } = setting;
  return inOrder(inputs, sleeper, { ahead, weightOf: () => 1, hasRoom, start });
}

describe('inOrder', () => {
  it('gives results in the order of the inputs, whichever comes first', async () => {
    const start = async (input: number): Promise<number> => {
      await sleep(input % 3 === 0 ? 6 : 1);
      return input;
    };
    const inputs = Array.from({ length: 20 }, (_, i) => i);
    const found: number[] = [];
    for await (const output of run(inputs, { start })) found.push(output);
    expect(found).toEqual(inputs);
  });

  it('reads no further ahead than it may, however slowly results are taken', async () => {
    let read = 0;
    const source = async function* () {
      for (; read < 1000;) yield read++;
    };
    const results = run(source(), { ahead: 4 });
    for (let taken = 1; taken <= 10; taken++) {
      await results.next();
      await turns();
      expect(read).toBeLessThanOrEqual(taken + 4);
    }
    await results.return();
    expect(read).toBeLessThanOrEqual(15);
  });

  it('starts no more than it may while results take their time', async () => {
    const ends: (() => void)[] = [];
    const start = (input: number): Promise<number> => new Promise((resolve) => ends.push(() => resolve(input)));
    const results = run(Array.from({ length: 100 }, (_, i) => i).values(), { ahead: 4, start });
    const first = results.next();
    await turns();
    expect(ends).toHaveLength(4);
    ends[0]!();
    expect((await first).value).toBe(0);
    const second = results.next();
    await turns();
    expect(ends).toHaveLength(5);
    ends[1]!();
    expect((await second).value).toBe(1);
  });

  it('gives a result before the source has its next input', async () => {
    let goOn!: () => void;
    const source = async function* () {
      yield 1;
      await new Promise<void>((resolve) => (goOn = resolve));
      yield 2;
    };
    const results = run(source());
    expect((await results.next()).value).toBe(10);
    goOn();
    expect((await results.next()).value).toBe(20);
    expect((await results.next()).done).toBe(true);
  });

  it('gives the results before an error of the source, then the error', async () => {
    const source = function* () {
      yield 1;
      yield 2;
      throw new RangeError('line 3');
    };
    const found: number[] = [];
    const all = async (): Promise<void> => {
      for await (const output of run(source())) found.push(output);
    };
    await expect(all()).rejects.toThrow('line 3');
    expect(found).toEqual([10, 20]);
  });

  it('ends at once with the caller, even while the source keeps it waiting', async () => {
    let isEnded = false;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          isEnded = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const sleeper = newSleeper();
    const next = run(source, {}, sleeper).next();
    await turns();
    sleeper.left = { error: new Error('gone') };
    sleeper.wake!();
    await expect(next).rejects.toThrow('gone');
    expect(isEnded).toBe(true);
  });

  it('starts nothing while there is no room, and goes on when woken', async () => {
    let room = 1;
    const sleeper = newSleeper();
    const results = run([1, 2, 3], { hasRoom: () => room-- > 0 }, sleeper);
    expect((await results.next()).value).toBe(10);
    const second = results.next();
    await turns();
    room = 5;
    sleeper.wake!();
    expect((await second).value).toBe(20);
  });
});
