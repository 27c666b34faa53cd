import { describe, expect, it } from 'vitest';
import {
  AutoConfig,
  AutoModel,
  AutoModelForSeq2SeqLM,
  AutoModelForSequenceClassification,
  BartConfig,
  type CachedSequence,
  ConfigError,
  DataError,
  MarianConfig,
  MBartConfig,
  type ModelConfig,
  noGrad,
  ShapeError,
  T5Config,
  type Tensor,
  UnsupportedOpError,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { expectClose } from '../golden/compare.js';
import { gradcheck } from '../gradcheck.js';

const bart = {
  vocabSize: 30,
  dModel: 12,
  encoderLayers: 2,
  encoderAttentionHeads: 2,
  encoderFfnDim: 16,
  decoderLayers: 2,
  decoderAttentionHeads: 3,
  decoderFfnDim: 14,
  maxPositionEmbeddings: 14,
  padTokenId: 0,
  eosTokenId: 2,
  decoderStartTokenId: 2,
  initStd: 0.4,
};
const configs: Record<string, () => ModelConfig> = {
  BART: () => new BartConfig(bart),
  mBART: () => new MBartConfig(bart),
  Marian: () => new MarianConfig({ ...bart, decoderStartTokenId: 1 }),
  T5: () =>
    new T5Config({
      vocabSize: 30,
      dModel: 12,
      dKv: 5,
      dFf: 16,
      numLayers: 2,
      numHeads: 2,
      relativeAttentionNumBuckets: 8,
      relativeAttentionMaxDistance: 10,
    }),
};
const families = Object.entries(configs).map(([name, config]) => ({ name, config }));
const places = modelDevices.flatMap((device) => families.map((family) => ({ device, ...family })));
const place = { device: 'cpu', seed: 4 };
const valuesOf = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);

const sources = [
  [5, 7, 9, 3, 11, 2],
  [6, 2],
  [8, 8, 1, 21, 2],
];
const targets = [
  [2, 5, 6, 14, 9, 1, 22],
  [2, 9, 9, 3, 4, 17, 1],
  [2, 28, 1, 1, 7, 3, 12],
];

describe.each(places)('a cached forward of $name on $device', ({ device, config }) => {
  it('equals the full one token by token', async () => {
    using model = AutoModelForSeq2SeqLM.fromConfig(config(), { device, seed: 7 });
    const whole = noGrad(() => model.forward({ inputIds: sources, decoderInputIds: targets }));
    const full = (await whole.logits.toArray()) as number[][][];
    const cache = model.newCache({ pageSize: 3 });
    const sequences = sources.map(() => cache.add());
    const prompts = [3, 1, 2];
    const first = model.forward({
      inputIds: sources,
      decoderInputIds: targets.map((row, r) => row.slice(0, prompts[r])),
      pastKeyValues: sequences,
    });
    const begun = (await first.logits.toArray()) as number[][][];
    prompts.forEach((count, r) =>
      expectClose(begun[r]!.slice(0, count).flat(), full[r]!.slice(0, count).flat(), { absolute: 1e-4 }, `row ${r}`),
    );
    for (let step = 0; step < 3; step++) {
      const decoderInputIds = targets.map((row, r) => [row[prompts[r]! + step]!]);
      const next = model.forward({ decoderInputIds, pastKeyValues: sequences, logitsToKeep: 1 });
      const got = (await next.logits.toArray()) as number[][][];
      got.forEach((row, r) => expectClose(row[0]!, full[r]![prompts[r]! + step]!, { absolute: 1e-4 }, `step ${step}`));
    }
    // Several tokens at once, of some sequences, all of which see the whole source; and a fork of one.
    const other = sequences[1]!.fork();
    const some = [sequences[2]!, other];
    const rest = model.forward({
      decoderInputIds: [targets[2]!.slice(5, 7), targets[1]!.slice(4, 6)],
      pastKeyValues: some,
    });
    const got = (await rest.logits.toArray()) as number[][][];
    expectClose(got[0]!.flat(), full[2]!.slice(5, 7).flat(), { absolute: 1e-4 });
    expectClose(got[1]!.flat(), full[1]!.slice(4, 6).flat(), { absolute: 1e-4 });
    for (const sequence of [...sequences, other]) sequence.dispose();
    expect([cache.pagesInUse, cache.bytes]).toEqual([0, 0]);
  });
});

describe.each(families)('$name', ({ config }) => {
  it('has gradients equal to finite differences, recomputed ones bit for bit', async () => {
    const inputs = { inputIds: sources, labels: targets };
    using exact = AutoModelForSeq2SeqLM.fromConfig(config(), { device: 'cpu:reference', dtype: 'f64', seed: 2 });
    const trained = exact.parameters().filter(({ requiresGrad }) => requiresGrad);
    const compared = await gradcheck(() => exact.forward(inputs).loss, trained, { maxElements: 2 });
    expect(compared).toBeGreaterThan(trained.length);
    const gradients = await Promise.all(
      [true, false].map(async (on) => {
        using model = AutoModelForSeq2SeqLM.fromConfig(config(), place).train().checkpointGradients(on);
        model.seedDropout(3);
        model.forward(inputs).loss.backward();
        return Promise.all(model.parameters().map(({ grad }) => (grad ? valuesOf(grad) : [])));
      }),
    );
    expect(gradients[0]).toEqual(gradients[1]);
  });

  it('reads what it should write one place to the right', async () => {
    using model = AutoModelForSeq2SeqLM.fromConfig(config(), place);
    const labels = [
      [9, 4, 2],
      [7, 2, -100],
    ];
    const start = { bart: 2, marian: 1 }[model.config.modelType] ?? 0;
    const decoderInputIds =
      model.config.modelType === 'mbart'
        ? [
            [2, 9, 4],
            [2, 7, 2],
          ]
        : [
            [start, 9, 4],
            [start, 7, 2],
          ];
    const inputIds = sources.slice(0, 2);
    const made = model.forward({ inputIds, labels });
    const given = model.forward({ inputIds, labels, decoderInputIds });
    expect(await made.loss.item()).toBeCloseTo(await given.loss.item(), 5);
    expect(made.logits.shape).toEqual([2, 3, 30]);
    // What follows the last label takes no part.
    const last = ((await made.logits.toArray()) as number[][][])[1]![2]!;
    expect(last.every((value) => value === 0)).toBe(true);
    const alone = model.forward({ inputIds, labels, returns: ['loss'] });
    expect(await alone.loss.item()).toBeCloseTo(await made.loss.item(), 5);
    expect(Object.keys(alone)).toEqual(['loss']);
  });
});

describe('an encoder-decoder', () => {
  it.each<[string, object, new (...args: never[]) => Error, RegExp]>([
    [
      'other numbers of rows',
      { inputIds: sources, decoderInputIds: [[1]] },
      ShapeError,
      /as many sequences as the source, got 1 for 3/,
    ],
    [
      'a target beyond its context',
      { inputIds: [[5, 2]], labels: [Array.from({ length: 15 }, () => 5)] },
      DataError,
      /at most 14 tokens, got 15 in row 0/,
    ],
    [
      'a source beyond its context',
      { inputIds: [Array.from({ length: 15 }, () => 5)], labels: [[5]] },
      DataError,
      /at most 14 tokens, got 15 in row 0/,
    ],
    [
      'an id that is none',
      { inputIds: [[5, 2]], decoderInputIds: [[30]] },
      DataError,
      /decoder: inputIds must lie in \[0, 30\)/,
    ],
    ['a name it does not know', { inputIds: [[5, 2]], decoderIds: [[3]] }, DataError, /got decoderIds/],
  ])('refuses %s', (_, inputs, kind, message) => {
    using fresh = AutoModelForSeq2SeqLM.fromConfig(new BartConfig(bart), place);
    expect(() => fresh.forward(inputs as never)).toThrow(kind);
    expect(() => fresh.forward(inputs as never)).toThrow(message);
  });

  it('wants its decoder to read something', () => {
    using t5 = AutoModelForSeq2SeqLM.fromConfig(configs['T5']!(), place);
    expect(() => t5.forward({ inputIds: sources })).toThrow(/decoderInputIds or labels must be given/);
    using base = AutoModel.fromConfig(configs['Marian']!(), place);
    expect(() => base.forward({ inputIds: sources })).toThrow(/decoderInputIds must be given/);
    expect(() => base.compile()).toThrow(UnsupportedOpError);
    using noStart = AutoModelForSeq2SeqLM.fromConfig(new BartConfig({ ...bart, decoderStartTokenId: null }), place);
    expect(() => noStart.forward({ inputIds: sources, labels: targets })).toThrow(ConfigError);
  });

  it('goes on with sequences that all have a source, or none', () => {
    using fresh = AutoModelForSeq2SeqLM.fromConfig(new BartConfig(bart), place);
    const { pastKeyValues } = fresh.forward({ inputIds: [[5, 2]], decoderInputIds: [[2]], useCache: true });
    const [begun] = pastKeyValues as [CachedSequence];
    const past = [begun, begun.cache.add()];
    expect(() => fresh.forward({ decoderInputIds: [[3], [4]], pastKeyValues: past })).toThrow(
      /sequences must all be new or all have a source, got 1 with one/,
    );
    expect(begun.length).toBe(1);
  });

  it('takes T5 1.1 as transformers 4 and 5 write it', () => {
    const fields = { model_type: 't5', feed_forward_proj: 'gated-gelu' };
    const old = AutoConfig.fromJson({ ...fields, tie_word_embeddings: false });
    const later = AutoConfig.fromJson({ ...fields, tie_word_embeddings: true, scale_decoder_outputs: false });
    expect([old.tieWordEmbeddings, later.tieWordEmbeddings]).toEqual([false, false]);
    expect((old as T5Config).feedForward).toEqual({ activation: 'gelu_new', isGated: true });
    const made = { ...fields, vocab_size: 30, d_model: 12, num_layers: 1, tie_word_embeddings: false };
    using model = AutoModelForSeq2SeqLM.fromConfig(AutoConfig.fromJson(made), place);
    expect(model.namedParameters().map(([name]) => name)).toContain('lm_head.weight');
  });

  it('classifies by the last end token', async () => {
    using classifier = AutoModelForSequenceClassification.fromConfig(new BartConfig({ ...bart, numLabels: 3 }), place);
    const alone = await valuesOf(classifier.forward({ inputIds: [[5, 2, 7, 2]] }).logits);
    const padded = await valuesOf(classifier.forward({ inputIds: [[5, 2, 7, 2, 9]] }).logits);
    expectClose(padded.slice(0, 3), padded, { absolute: 0 });
    expect(padded).not.toEqual(alone);
    const masked = { inputIds: [[5, 2, 7, 2, 0]], attentionMask: [[1, 1, 1, 1, 0]], labels: [1] };
    expectClose(await valuesOf(classifier.forward(masked).logits), alone, { absolute: 1e-5 });
    expect(() => classifier.forward({ inputIds: [[5, 7]] })).toThrow(/must hold its end token 2, got none in row 0/);
  });
});
