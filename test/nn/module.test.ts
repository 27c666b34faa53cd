import { describe, expect, it } from 'vitest';
import {
  add,
  CheckpointError,
  ConfigError,
  FusedLinear,
  LayerNorm,
  Linear,
  memory,
  Module,
  mul,
  noGrad,
  SeededInit,
  ShapeError,
  summary,
  tensor,
  type Tensor,
} from '../../lib/index.js';

class Block extends Module {
  readonly inner = new Linear(4, 6);
  readonly layers = [new Linear(6, 6), new Linear(6, 4)];
  readonly norm: LayerNorm;
  readonly notes = { kept: 'no part of the module' };
  unused: Tensor | undefined;

  constructor() {
    super();
    this.norm = new LayerNorm(4);
    this.paths = { inner: 'first.dense', norm: 'LayerNorm', layers: '' };
  }

  override forward(x: Tensor): Tensor {
    let hidden = this.inner.forward(x);
    for (const layer of this.layers) hidden = layer.forward(hidden);
    return this.norm.forward(hidden, x);
  }
}

class Tied extends Module {
  readonly one = new Linear(3, 3);
  readonly two = new Linear(3, 3);

  constructor() {
    super();
    this.two.weight.dispose();
    this.two.weight = this.one.weight;
  }

  override forward(x: Tensor): Tensor {
    return this.two.forward(this.one.forward(x));
  }
}

const names = (module: Module) => module.namedParameters().map(([name]) => name);

describe('a module', () => {
  it('names its parameters by fields, by paths where it has them, in the order of paths', () => {
    using block = new Block();
    expect(names(block)).toEqual([
      'first.dense.weight',
      'first.dense.bias',
      'LayerNorm.weight',
      'LayerNorm.bias',
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
    ]);
    expect(block.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
  });

  it('names the items of an array by a function where it has one', () => {
    class Groups extends Module {
      readonly layers = [new Linear(2, 2), new Linear(2, 2)];

      constructor() {
        super();
        this.paths = { layers: (index) => `groups.${index}.inner` };
      }

      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    using groups = new Groups();
    expect([...groups.stateDict().keys()]).toEqual(
      [0, 1].flatMap((index) => [`groups.${index}.inner.weight`, `groups.${index}.inner.bias`]),
    );
  });

  it('lists a shared parameter once', () => {
    using tied = new Tied();
    expect(names(tied)).toEqual(['one.weight', 'one.bias', 'two.bias']);
    expect([...tied.stateDict().keys()]).toEqual(['one.weight', 'one.bias', 'two.bias']);
    tied.to({ dtype: 'bf16' });
    expect(tied.two.weight).toBe(tied.one.weight);
  });

  it('turns training on and off everywhere below', () => {
    using block = new Block();
    expect(block.layers[0]!.training).toBe(true);
    block.eval();
    expect([block.training, block.layers[0]!.training, block.norm.training]).toEqual([false, false, false]);
    block.train();
    expect(block.norm.training).toBe(true);
  });

  it('freezes all parameters, or those under a prefix', () => {
    using block = new Block();
    block.freeze('first', 'LayerNorm');
    expect(block.namedParameters().flatMap(([name, { requiresGrad }]) => (requiresGrad ? [name] : []))).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
    ]);
    block.unfreeze('first.dense.bias');
    expect(block.inner.bias?.requiresGrad).toBe(true);
    expect(() => block.freeze('second')).toThrow(ConfigError);
    expect(() => block.unfreeze('xyz')).toThrow('unfreeze: a prefix must fit a parameter, got xyz');
    block.unfreeze();
    expect(block.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
    block.freeze();
    expect(block.parameters().some(({ requiresGrad }) => requiresGrad)).toBe(false);
  });

  it('leaves only its output behind a call of forward', () => {
    using block = new Block();
    const x = tensor([[1, 2, 3, 4]]);
    const { liveTensors } = memory();
    const y = noGrad(() => block.forward(x));
    expect(memory().liveTensors).toBeLessThanOrEqual(liveTensors + 1);
    y.dispose();
    const recorded = block.forward(x);
    expect(memory().liveTensors).toBeGreaterThan(liveTensors + 1);
    recorded.dispose();
    expect(memory().liveTensors).toBeLessThanOrEqual(liveTensors);
    x.dispose();
  });

  it('adds up gradients until they are freed', async () => {
    using block = new Block();
    const x = tensor([[1, 2, 3, 4]]);
    const dy = tensor([[1, 0, 0, 0]]);
    block.forward(x).backward(dy);
    const once = (await block.inner.weight.grad!.toArray()) as number[][];
    block.forward(x).backward(dy);
    const twice = (await block.inner.weight.grad!.toArray()) as number[][];
    expect(twice[0]![1]).toBeCloseTo(2 * once[0]![1]!, 6);
    block.zeroGrad();
    expect(block.parameters().every(({ grad }) => grad === undefined)).toBe(true);
  });

  it('changes the element type of its parameters in place', () => {
    using block = new Block().to({ dtype: 'bf16' });
    expect(new Set(block.parameters().map(({ dtype }) => dtype))).toEqual(new Set(['bf16']));
    expect(block.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
  });
});

describe('a state dict', () => {
  it('goes from one module into another', async () => {
    using from = new Block();
    using to = new Block();
    const state = from.stateDict();
    expect(to.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
    expect(await to.layers[1]!.weight.toArray()).toEqual(await from.layers[1]!.weight.toArray());
    expect(to.layers[1]!.weight).not.toBe(from.layers[1]!.weight);
    for (const value of state.values()) value.dispose();
  });

  it('names what is missing and what is not expected', () => {
    using block = new Block();
    const state = block.stateDict();
    state.delete('LayerNorm.bias');
    state.set('head.weight', tensor([1]));
    try {
      block.loadStateDict(state);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
      expect((error as CheckpointError).fields).toEqual({ missing: ['LayerNorm.bias'], unexpected: ['head.weight'] });
      expect(String(error)).toMatch(/Block: .* got missing LayerNorm.bias; unexpected head.weight/);
    }
    expect(block.loadStateDict(state, { strict: false })).toEqual({
      missing: ['LayerNorm.bias'],
      unexpected: ['head.weight'],
    });
  });

  it('refuses a wrong shape even when not strict, and then changes nothing', async () => {
    using block = new Block();
    const before = await block.inner.weight.toArray();
    const state = block.stateDict();
    state.set(
      'first.dense.weight',
      tensor([
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ]),
    );
    state.set('LayerNorm.weight', tensor([1, 2]));
    expect(() => block.loadStateDict(state, { strict: false })).toThrow(ShapeError);
    expect(() => block.loadStateDict(state)).toThrow(/LayerNorm.weight must have shape \(4\), got \(2\)/);
    expect(await block.inner.weight.toArray()).toEqual(before);
  });

  it.each([
    ['a plain object', () => ({}), 'Block: a state dict must be a Map of tensors by name, got [object Object]'],
    [
      'a value that is no tensor',
      (state) => state.set('1.bias', [1] as never),
      'Block: 1.bias must be a tensor, got object',
    ],
    ['a disposed tensor', (state) => (state.get('1.bias')!.dispose(), state), '1.bias must be a live tensor'],
    [
      'a tensor of another device',
      (state) => state.set('1.bias', tensor([1, 2], { device: 'cpu:reference' })),
      "1.bias must be on the parameter's cpu, got cpu:reference",
    ],
  ] as [string, (state: Map<string, Tensor>) => object, string][])(
    'changes nothing for a state with %s',
    async (_, spoil, text) => {
      using block = new Block();
      const before = await block.inner.weight.toArray();
      const zeros = [...block.stateDict()].map(([name, value]): [string, Tensor] => [name, mul(value, 0)]);
      const state = spoil(new Map(zeros)) as Map<string, Tensor>;
      expect(() => block.loadStateDict(state)).toThrow(text);
      expect(await block.inner.weight.toArray()).toEqual(before);
    },
  );

  it('refuses an option that nobody reads', () => {
    using block = new Block();
    expect(() => block.loadStateDict(block.stateDict(), { strct: false } as object)).toThrow(/did you mean "strict"/);
  });

  it('holds a fused layer under the names of its parts', async () => {
    const parts = [
      { name: 'query', features: 2 },
      { name: 'value', features: 1 },
    ];
    using fused = new FusedLinear(2, parts);
    fused.loadStateDict(
      new Map([
        [
          'query.weight',
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ],
        ['value.weight', tensor([[5, 6]], { dtype: 'f64', device: 'auto' })],
        ['query.bias', tensor([7, 8])],
        ['value.bias', tensor([9])],
      ]),
    );
    expect(await fused.weight.toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(await fused.forward(tensor([[1, 1]])).toArray()).toEqual([[10, 15, 20]]);
    const state = fused.stateDict();
    expect([...state.keys()]).toEqual(['query.weight', 'value.weight', 'query.bias', 'value.bias']);
    expect(await state.get('value.weight')!.toArray()).toEqual([[5, 6]]);
  });
});

describe('new weights', () => {
  it('are normal with deviation 0.02, biases 0, norms 1', async () => {
    const init = new SeededInit({ seed: 3 });
    using layer = new Linear(100, 200, { init });
    const values = (await layer.weight.toArray()) as number[][];
    const all = values.flat();
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const deviation = Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
    expect(Math.abs(mean)).toBeLessThan(5e-4);
    expect(Math.abs(deviation - 0.02)).toBeLessThan(5e-4);
    expect(await layer.bias!.toArray()).toEqual(Array.from({ length: 200 }, () => 0));
    expect(await new LayerNorm(5).weight.toArray()).toEqual([1, 1, 1, 1, 1]);
  });

  it('are the same for the same seed, and differ from layer to layer', async () => {
    const make = () => {
      const init = new SeededInit({ seed: 7 });
      return [new Linear(3, 3, { init }), new Linear(3, 3, { init })] as const;
    };
    const [a, b] = make();
    const [c] = make();
    expect(await c.weight.toArray()).toEqual(await a.weight.toArray());
    expect(await b.weight.toArray()).not.toEqual(await a.weight.toArray());
  });
});

describe('a summary', () => {
  it('counts parameters, trainable ones and bytes, each shared one once', () => {
    using block = new Block();
    block.freeze('0');
    const { parameters, trainable, bytes, rows } = summary(block);
    expect([parameters, trainable, bytes]).toEqual([30 + 42 + 28 + 8, 30 + 28 + 8, 4 * 108]);
    expect(rows.map(({ name, type }) => [name, type])).toEqual([
      ['first.dense', 'Linear'],
      ['LayerNorm', 'LayerNorm'],
      ['0', 'Linear'],
      ['1', 'Linear'],
    ]);
    expect(String(summary(block))).toMatch(/total .* 66 trainable .* 108 .* 432/);
    using tied = new Tied();
    expect(summary(tied).parameters).toBe(9 + 3 + 3);
  });
});

describe('a module made inside tidy', () => {
  it('keeps its parameters', async () => {
    const { tidy } = await import('../../lib/index.js');
    const layer = tidy(() => ({ hidden: { deep: new Linear(2, 2) } })).hidden.deep;
    expect(layer.weight.isDisposed).toBe(false);
    expect(add(layer.bias!, 1).shape).toEqual([2]);
  });
});
