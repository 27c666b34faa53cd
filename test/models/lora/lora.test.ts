import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AutoModel,
  AutoModelForMaskedLM,
  AutoModelForSequenceClassification,
  BertConfig,
  CheckpointError,
  ConfigError,
  DistilBertConfig,
  fromShared,
  getPeftModel,
  loadAdapter,
  loadCheckpoint,
  LoraConfig,
  type LoraConfigInit,
  memory,
  mergeAdapter,
  mergeAndUnload,
  noGrad,
  type PreTrainedModel,
  readSafetensorsHeader,
  summary,
  sync,
  unmergeAdapter,
} from '../../../lib/index.js';
import { modelDevices } from '../../cuda.js';
import { expectClose } from '../../golden/compare.js';
import { gradcheck } from '../../gradcheck.js';
import { sharedPath } from '../../shared.js';

const sizes = { vocabSize: 30, hiddenSize: 12, numHiddenLayers: 3, numAttentionHeads: 3, intermediateSize: 20 };
const bert = new BertConfig({ ...sizes, numLabels: 3, initializerRange: 0.4 });
const batch = {
  inputIds: [
    [2, 7, 3, 4],
    [2, 5, 3],
  ],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridstride-lora-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const classifier = (config: BertConfig | DistilBertConfig = bert, device = 'cpu') =>
  AutoModelForSequenceClassification.fromConfig(config, { seed: 5, device });

type Classifier = ReturnType<typeof classifier>;

async function logitsOf(model: Classifier): Promise<number[]> {
  using outputs = noGrad(() => model.forward(batch));
  return Array.from(await outputs.logits.data(), Number);
}

const adapted = (model: PreTrainedModel): string[] =>
  model.stateEntries().flatMap(({ name }) => /^(.*)\.lora_A\.weight$/.exec(name)?.[1] ?? []);
const trained = (model: PreTrainedModel): string[] =>
  model.stateEntries().flatMap(({ name, parameter }) => (parameter.requiresGrad ? [name] : []));

/** Updates that do something: those of a new adapter are 0. */
const random = { initLoraWeights: false } as const;

describe.runIf(sharedPath('goldens/peft_lora'))('an adapter of PEFT', () => {
  const golden = sharedPath('goldens/peft_lora')!;
  const expected = JSON.parse(readFileSync(join(golden, 'expected.json'), 'utf8')) as {
    input_ids: number[][];
    attention_mask: number[][];
    logits: number[][];
    merged_logits: number[][];
    trainable_parameters: number;
  };
  const inputs = { inputIds: expected.input_ids, attentionMask: expected.attention_mask };

  it.each(modelDevices)("gives PEFT's logits, and those of its merged model, on %s", async (device) => {
    using model = await AutoModelForSequenceClassification.fromPretrained(join(golden, 'base'), { device });
    await loadAdapter(model, join(golden, 'adapter'));
    const logits = async () => Array.from(await noGrad(() => model.forward(inputs)).logits.data(), Number);
    expectClose(await logits(), expected.logits.flat(), { absolute: 1e-5 }, 'with the adapter');
    mergeAdapter(model);
    expectClose(await logits(), expected.merged_logits.flat(), { absolute: 1e-5 }, 'merged');
    unmergeAdapter(model);
    expectClose(await logits(), expected.logits.flat(), { absolute: 1e-5 }, 'taken out again');
    expect(summary(model).trainable).toBe(expected.trainable_parameters);
    mergeAndUnload(model);
    expectClose(await logits(), expected.merged_logits.flat(), { absolute: 1e-5 }, 'merged for good');
    expect(model.namedParameters().some(([name]) => name.includes('lora'))).toBe(false);
  });

  it("is saved with PEFT's names, fields and values", async () => {
    const place = join(folder, 'again');
    using model = await AutoModelForSequenceClassification.fromPretrained(join(golden, 'base'));
    await loadAdapter(model, join(golden, 'adapter'));
    await model.savePretrained(place);
    const header = async (where: string) =>
      (await readSafetensorsHeader(join(where, 'adapter_model.safetensors'))).tensors;
    expect(new Map([...(await header(place))].sort())).toEqual(
      new Map([...(await header(join(golden, 'adapter')))].sort()),
    );
    const json = JSON.parse(await readFile(join(place, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
    const theirs = JSON.parse(await readFile(join(golden, 'adapter/adapter_config.json'), 'utf8')) as typeof json;
    expect(json).toEqual({
      ...Object.fromEntries(Object.keys(json).map((k) => [k, theirs[k]])),
      base_model_name_or_path: join(golden, 'base'),
    });
    expect(Object.keys(theirs)).toEqual(expect.arrayContaining(Object.keys(json)));
    expect(await readdir(place)).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'config.json']);
  });
});

describe('an adapter', () => {
  it('begins as no change, of the layers that are meant, and is all that is trained', async () => {
    using model = classifier();
    const before = await logitsOf(model);
    getPeftModel(model, { r: 2, targetModules: ['query', 'value'] }, { seed: 1 });
    expectClose(await logitsOf(model), before, { absolute: 1e-6 }, 'new');
    const layers = [0, 1, 2].flatMap((i) =>
      ['query', 'value'].map((part) => `bert.encoder.layer.${i}.attention.self.${part}`),
    );
    expect(trained(model)).toEqual([
      ...layers.flatMap((name) => [`${name}.lora_A.weight`, `${name}.lora_B.weight`]),
      'classifier.weight',
      'classifier.bias',
    ]);
  });

  it.each<[string, LoraConfigInit]>([
    ['the first and last part of a fused layer', { targetModules: ['query', 'value'] }],
    ['the middle part alone', { targetModules: ['key'] }],
    ['all parts', { targetModules: ['query', 'key', 'value'] }],
    ['layers with an activation', { targetModules: ['intermediate.dense'] }],
    ['all linear layers', { targetModules: 'all-linear' }],
    ['layers by an expression', { targetModules: '.*layer\\.[02]\\..*(query|output\\.dense)' }],
    [
      'ranks and factors of their own',
      {
        targetModules: 'all-linear',
        rankPattern: { 'layer.1.*query': 3, dense: 5 },
        alphaPattern: { 'attention.*': 1 },
      },
    ],
    ['factors by the root of the rank', { targetModules: ['query'], useRslora: true }],
  ])('of %s computes what it merges', async (_, init) => {
    using model = getPeftModel(classifier(), { r: 4, loraAlpha: 12, ...random, ...init }, { seed: 1 });
    using plain = classifier();
    const [apart, before] = [await logitsOf(model), await logitsOf(plain)];
    expect(Math.max(...apart.map((value, i) => Math.abs(value - before[i]!)))).toBeGreaterThan(1e-2);
    mergeAdapter(model);
    expectClose(await logitsOf(model), apart, { absolute: 2e-5 }, 'merged');
    unmergeAdapter(model);
    expectClose(await logitsOf(model), apart, { absolute: 2e-5 }, 'unmerged');
    mergeAndUnload(model);
    expectClose(await logitsOf(model), apart, { absolute: 2e-5 }, 'unloaded');
    expect(trained(model).length).toBe(model.stateEntries().length);
  });

  it('adds scale B A to its rows', async () => {
    using model = getPeftModel(classifier(), { r: 2, loraAlpha: 6, targetModules: ['value'], ...random }, { seed: 2 });
    const name = 'bert.encoder.layer.1.attention.self';
    const values = async (entry: string) => {
      using state = {
        dict: model.stateDict(),
        [Symbol.dispose]() {
          for (const t of this.dict.values()) t.dispose();
        },
      };
      return Array.from(await state.dict.get(entry)!.data(), Number);
    };
    const [key, value] = [await values(`${name}.key.weight`), await values(`${name}.value.weight`)];
    const [a, b] = [await values(`${name}.value.lora_A.weight`), await values(`${name}.value.lora_B.weight`)];
    mergeAdapter(model);
    const wanted = value.map((w, i) => {
      const [row, column] = [Math.floor(i / 12), i % 12];
      return w + 3 * (b[row * 2]! * a[column]! + b[row * 2 + 1]! * a[12 + column]!);
    });
    expectClose(await values(`${name}.value.weight`), wanted, { absolute: 1e-6 }, 'value');
    expect(await values(`${name}.key.weight`)).toEqual(key);
  });

  it.each(modelDevices)('has the gradients of finite differences and of the CPU, on %s', async (device) => {
    const init = {
      r: 2,
      loraAlpha: 3,
      targetModules: ['query', 'value', 'intermediate.dense', 'output.dense'],
      ...random,
    };
    using model = getPeftModel(classifier(bert, device), init, { seed: 3 });
    using same = getPeftModel(classifier(), init, { seed: 3 });
    for (const each of [model, same]) each.forward({ ...batch, labels: [0, 2] }).loss.backward();
    for (const [i, [name, parameter]] of model.namedParameters().entries()) {
      expect([name, parameter.grad !== undefined]).toEqual([name, parameter.requiresGrad]);
      if (parameter.grad === undefined) continue;
      const other = same.parameters()[i]!.grad!;
      expectClose(
        Array.from(await parameter.grad.data(), Number),
        Array.from(await other.data(), Number),
        { absolute: 1e-5 },
        name,
      );
    }
    if (device !== 'cpu') return;
    const exact = { device: 'cpu:reference', dtype: 'f64', seed: 1 } as const;
    const config = new BertConfig({ ...sizes, numHiddenLayers: 1, padTokenId: null, initializerRange: 0.5 });
    using wide = getPeftModel(AutoModelForSequenceClassification.fromConfig(config, exact), init, { seed: 3 });
    const parameters = wide.parameters().filter(({ requiresGrad }) => requiresGrad);
    const compared = await gradcheck(() => wide.forward({ ...batch, labels: [0, 1] }).loss, parameters, {
      maxElements: 6,
    });
    expect(compared).toBeGreaterThan(parameters.length);
  });

  it('drops elements of what it reads in training, from the seed of the model', async () => {
    using model = getPeftModel(
      classifier(new BertConfig({ ...sizes, hiddenDropoutProb: 0, attentionProbsDropoutProb: 0 })),
      { r: 2, loraDropout: 0.5, ...random },
      { seed: 3 },
    );
    const still = await logitsOf(model);
    expect(await logitsOf(model)).toEqual(still);
    model.train();
    model.seedDropout(7);
    const first = await logitsOf(model);
    const second = await logitsOf(model);
    expect(first).not.toEqual(still);
    expect(second).not.toEqual(first);
    model.seedDropout(7);
    expect(await logitsOf(model)).toEqual(first);
  });

  it('goes with its model to another thread, and into recorded passes', async () => {
    using model = getPeftModel(classifier(), { r: 2, ...random }, { seed: 3 });
    const logits = await logitsOf(model);
    using twin = fromShared(structuredClone(model.share())) as Classifier;
    expect(await logitsOf(twin)).toEqual(logits);
    model.unshare();
    model.compile({ buckets: [{ batch: 4, tokens: 16, maxLength: 8 }] });
    expectClose(await logitsOf(model), logits, { absolute: 1e-6 }, 'recorded');
    mergeAdapter(model);
    expectClose(await logitsOf(model), logits, { absolute: 2e-5 }, 'recorded after merging');
    unmergeAdapter(model);
    expectClose(await logitsOf(model), logits, { absolute: 2e-5 }, 'recorded after unmerging');
  });

  it('computes in the element type of its model', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(bert, { seed: 5, dtype: 'bf16', device: 'cpu' });
    using wide = getPeftModel(classifier(), { r: 2, ...random }, { seed: 3 });
    getPeftModel(model, { r: 2, ...random }, { seed: 3 });
    expectClose(await logitsOf(model), await logitsOf(wide), { absolute: 0.15 }, 'bf16');
    mergeAdapter(model);
    expectClose(await logitsOf(model), await logitsOf(wide), { absolute: 0.15 }, 'bf16, merged');
  });

  it('leaves no tensor behind', async () => {
    await sync('cpu');
    const { liveTensors } = memory('cpu');
    const model = getPeftModel(classifier(), { r: 2, ...random });
    mergeAndUnload(model);
    getPeftModel(model, { r: 3, targetModules: 'all-linear' });
    expect(() => getPeftModel(model, {})).toThrow(/must have no adapter yet/);
    model.dispose();
    expect(memory('cpu').liveTensors).toBe(liveTensors);
  });
});

describe('targets', () => {
  it.each<[string, LoraConfigInit, string[]]>([
    [
      'by default queries and values',
      {},
      ['0.attention.self.query', '0.attention.self.value', '1.attention.self.query', '1.attention.self.value'],
    ],
    [
      'by the end of a path',
      { targetModules: ['attention.output.dense'] },
      ['0.attention.output.dense', '1.attention.output.dense'],
    ],
    [
      'without some',
      { targetModules: ['query', 'key'], excludeModules: ['key'] },
      ['0.attention.self.query', '1.attention.self.query'],
    ],
    ['of one layer', { targetModules: ['query'], layersToTransform: 1 }, ['1.attention.self.query']],
    [
      'of listed layers',
      { targetModules: ['query'], layersToTransform: [0], layersPattern: 'layer' },
      ['0.attention.self.query'],
    ],
  ])('are chosen %s', (_, init, names) => {
    using model = getPeftModel(AutoModel.fromConfig(new BertConfig({ ...sizes, numHiddenLayers: 2 })), init);
    expect(adapted(model).map((name) => name.replace('encoder.layer.', ''))).toEqual(names);
  });

  it('of a DistilBERT classifier are its own, and its head is trained whole', () => {
    const config = new DistilBertConfig({ vocabSize: 30, dim: 12, nLayers: 1, nHeads: 2, hiddenDim: 20 });
    using model = getPeftModel(classifier(config), { targetModules: ['q_lin', 'lin1'] });
    const layer = 'distilbert.transformer.layer.0';
    expect(adapted(model)).toEqual([`${layer}.attention.q_lin`, `${layer}.ffn.lin1`]);
    expect(trained(model).filter((name) => !name.includes('lora'))).toEqual(['classifier.weight', 'classifier.bias']);
  });

  it('all-linear leaves out the head and the vocabulary', () => {
    using model = getPeftModel(
      AutoModelForMaskedLM.fromConfig(new BertConfig({ ...sizes, tieWordEmbeddings: false })),
      { targetModules: 'all-linear' },
    );
    expect(adapted(model)).toContain('cls.predictions.transform.dense');
    expect(adapted(model)).not.toContain('cls.predictions.decoder');
  });

  it('that match nothing are told with what there is', () => {
    using model = classifier();
    const known = /which end in query, key, value, dense, classifier; got "q_proj"/;
    expect(() => getPeftModel(model, { targetModules: ['query', 'q_proj'] })).toThrow(known);
    expect(() => getPeftModel(model, { targetModules: 'q_proj' })).toThrow(known);
    expect(() => getPeftModel(model, { targetModules: ['LayerNorm'] })).toThrow(/must fit linear layers/);
    expect(() => getPeftModel(model, { targetModules: ['query'], layersToTransform: 9 })).toThrow(ConfigError);
    expect(() => getPeftModel(model, { modulesToSave: ['clasifier'] })).toThrow(
      /modulesToSave must fit modules.*classifier; got \["clasifier"\]/,
    );
    expect(model.peftConfig).toBeUndefined();
    expect(model.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
  });

  it('by an expression that never ends are refused', () => {
    using model = classifier();
    expect(() => getPeftModel(model, { targetModules: '([a-z.]+)+\\d+x' })).toThrow(
      /must be expressions, got .*timed out/,
    );
    expect(() => getPeftModel(model, { targetModules: '(' })).toThrow(/must be expressions/);
  });

  it('and biases are trained where that is asked for', () => {
    using model = getPeftModel(classifier(), { bias: 'all', targetModules: ['query'] });
    expect(trained(model)).toContain('bert.encoder.layer.2.output.LayerNorm.bias');
    expect(trained(model)).not.toContain('bert.encoder.layer.2.output.LayerNorm.weight');
  });
});

describe('a config', () => {
  it.each<[object, RegExp]>([
    [{ r: 0 }, /LoraConfig: r must be an integer from 1/],
    [{ rank: 4 }, /a field must be one of PEFT's, got rank/],
    [{ lora_alpha: 4 }, /got lora_alpha \(did you mean "loraAlpha"\?\)/],
    [{ loraDropout: 1 }, /loraDropout must be a number from 0 to below 1/],
    [{ bias: 'lora_only' }, /bias must be one of none, all/],
    [{ targetModules: 7 }, /targetModules must be a list of names/],
    [{ rankPattern: { query: 0 } }, /rankPattern must be an object of ranks/],
  ])('%j is refused', (init, text) => {
    expect(() => new LoraConfig(init)).toThrow(text);
  });

  it.each<[object, RegExp]>([
    [{ peft_type: 'IA3' }, /adapter_config.json: peft_type must be one of LORA, got "IA3"/],
    [{ peft_type: 'LORA', use_dora: true }, /use_dora must be false/],
    [{ peft_type: 'LORA', layer_replication: [[0, 1]] }, /layer_replication must be null/],
    [{ peft_type: 'LORA', init_lora_weights: 'pissa' }, /init_lora_weights must be true, false or gaussian/],
    [{ peft_type: 'LORA', r: '8' }, /r must be an integer/],
  ])('of a file, %j, is refused', (json, text) => {
    expect(() => LoraConfig.fromJson(json as Record<string, unknown>)).toThrow(text);
  });
});

describe('a folder of an adapter', () => {
  let base: string;
  beforeAll(async () => {
    base = join(folder, 'base');
    using model = classifier();
    await model.savePretrained(base);
  });

  const make = async (name: string, init: LoraConfigInit = {}, labels?: number) => {
    const model = await AutoModelForSequenceClassification.fromPretrained(base, {
      numLabels: labels,
      seed: 4,
      device: 'cpu',
    });
    getPeftModel(model, { r: 2, ...random, ...init }, { seed: 6 });
    const place = join(folder, name);
    await model.savePretrained(place);
    return { model, place };
  };

  it('loads by itself, on the model that it names, with its own head', async () => {
    const { model, place } = await make('own', {}, 5);
    using same = model;
    using loaded = await AutoModelForSequenceClassification.fromPretrained(place, { device: 'cpu' });
    expect(await logitsOf(loaded)).toEqual(await logitsOf(same));
    expect(loaded.config.numLabels).toBe(5);
    expect(loaded.loadReport).toEqual({ newWeights: [], unexpected: [] });
    expect(loaded.peftConfig?.r).toBe(2);
    expect((await readdir(place)).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'config.json']);
  });

  it("without a config takes the base model's, as those of Python do", async () => {
    const { model, place } = await make('bare');
    using same = model;
    await rm(join(place, 'config.json'));
    using loaded = await AutoModelForSequenceClassification.fromPretrained(place, { device: 'cpu' });
    expect(await logitsOf(loaded)).toEqual(await logitsOf(same));
  });

  it('gives a model the weights of another one', async () => {
    const { model: first, place } = await make('first');
    using same = first;
    using other = (await make('second', { initLoraWeights: true })).model;
    expect(await logitsOf(other)).not.toEqual(await logitsOf(same));
    await other.loadPretrainedWeights(place);
    expect(await logitsOf(other)).toEqual(await logitsOf(same));
    mergeAdapter(other);
    await other.loadPretrainedWeights(place);
    expectClose(await logitsOf(other), await logitsOf(same), { absolute: 2e-5 }, 'while merged');
  });

  it.each<[string, (json: Record<string, unknown>) => object, RegExp]>([
    [
      'other layers',
      (json) => ({ ...json, target_modules: ['key'] }),
      /the adapter must be of this model and config, got none of .*key.lora_A.*unexpected .*query/,
    ],
    ['another rank', (json) => ({ ...json, r: 3 }), /query.lora_A.weight must have shape \(3, 12\), got \(2, 12\)/],
    ['no layer of the model', (json) => ({ ...json, target_modules: ['c_proj'] }), /which end in query, key/],
    ['no model', (json) => ({ ...json, base_model_name_or_path: null }), /config.json|must hold/],
  ])('of %s is refused, and leaks nothing', async (name, change, text) => {
    const { model, place } = await make(`bad-${name.replaceAll(' ', '-')}`);
    model.dispose();
    const file = join(place, 'adapter_config.json');
    await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>)));
    await sync('cpu');
    const { liveTensors } = memory('cpu');
    const load = () => AutoModelForSequenceClassification.fromPretrained(place, { device: 'cpu' });
    await expect(load()).rejects.toThrow(text);
    expect(memory('cpu').liveTensors).toBe(liveTensors);
    using plain = classifier();
    if (name !== 'no model') await expect(loadAdapter(plain, place)).rejects.toThrow(text);
    expect(plain.peftConfig).toBeUndefined();
    expect(await logitsOf(plain)).toHaveLength(6);
  });

  it('that is none says so', async () => {
    using model = classifier();
    await expect(loadAdapter(model, base)).rejects.toThrow(/must hold adapter_config.json/);
    await expect(loadAdapter(model, join(folder, 'nowhere'))).rejects.toThrow(ConfigError);
    expect(() => mergeAdapter(model)).toThrow(/must have an adapter, got none/);
  });

  it('merged for good is saved as a plain model', async () => {
    using model = (await make('merged')).model;
    const logits = await logitsOf(model);
    mergeAndUnload(model);
    const place = join(folder, 'plain');
    await model.savePretrained(place);
    const names = [...(await loadCheckpoint(place)).keys()];
    expect(names.some((name) => name.includes('lora'))).toBe(false);
    using loaded = await AutoModelForSequenceClassification.fromPretrained(place, { device: 'cpu' });
    expectClose(await logitsOf(loaded), logits, { absolute: 2e-5 }, 'loaded');
    await expect(loaded.loadPretrainedWeights(join(folder, 'own'))).rejects.toThrow(CheckpointError);
  });
});
