import { describe, expect, it } from 'vitest';
import {
  AutoModelForCausalLM,
  AutoModelForSeq2SeqLM,
  BartConfig,
  type CausalLM,
  GPT2Config,
  pipeline,
  type PreTrainedTokenizer,
  type Seq2SeqLM,
  trainByteLevelBpe,
} from '../../../lib/index.js';
import { newTokenizer, TEXTS } from '../tiny_classifier.js';

const place = { device: 'cpu', seed: 3 };

function gpt2(tokenizer: PreTrainedTokenizer): CausalLM {
  const sizes = { nEmbd: 16, nLayer: 1, nHead: 2, nPositions: 64, initializerRange: 0.5, eosTokenId: null };
  return AutoModelForCausalLM.fromConfig(new GPT2Config({ vocabSize: tokenizer.totalVocabSize, ...sizes }), place);
}

function bart(tokenizer: PreTrainedTokenizer, extra: object = {}): Seq2SeqLM {
  const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
  const sizes = { dModel: 16, encoderFfnDim: 16, decoderFfnDim: 16, maxPositionEmbeddings: 24, initStd: 0.5 };
  const config = new BartConfig({ vocabSize: tokenizer.totalVocabSize, ...sizes, ...layers, ...extra });
  return AutoModelForSeq2SeqLM.fromConfig(config, place);
}

async function idsOf(tokenizer: PreTrainedTokenizer, text: string): Promise<number[]> {
  return (await tokenizer.encodeBatch([text])).inputIds[0]!;
}

describe('text-generation', () => {
  it('goes on with one text, a list, and a stream', async () => {
    const tokenizer = await newTokenizer();
    using model = gpt2(tokenizer);
    const write = await pipeline('text-generation', model, { tokenizer });
    const options = { maxNewTokens: 6 };
    const expected = await Promise.all(
      TEXTS.map(async (text) => {
        const ids = await idsOf(tokenizer, text);
        const [row] = (await model.generate({ inputIds: [ids], ...options })).sequences as [number[]];
        const before = tokenizer.decode(ids, { skipSpecialTokens: true }).length;
        return [{ generated_text: text + tokenizer.decode(row, { skipSpecialTokens: true }).slice(before) }];
      }),
    );
    expect(await write(TEXTS[0]!, options)).toEqual(expected[0]);
    expect(await write(TEXTS, options)).toEqual(expected);
    const streamed = [];
    for await (const output of write(TEXTS.values(), options)) streamed.push(output);
    expect(streamed).toEqual(expected);
    const [alone] = await write(TEXTS[0]!, { ...options, returnFullText: false });
    expect(TEXTS[0]! + (alone!.generated_text as string)).toBe(expected[0]![0]!.generated_text);
    expect(await write(TEXTS[0]!, { ...options, doSample: true, numReturnSequences: 3 })).toHaveLength(3);
  });

  it('answers a chat', async () => {
    const tokenizer = await newTokenizer();
    using model = gpt2(tokenizer);
    const write = await pipeline('text-generation', model, { tokenizer });
    const chat = [{ role: 'user', content: 'win' }];
    await expect(write(chat, { maxNewTokens: 3 })).rejects.toThrow(/a chat needs a template/);
    Object.assign(tokenizer, {
      applyChatTemplate: async (messages: typeof chat) => ({
        inputIds: [await idsOf(tokenizer, messages[0]!.content)],
      }),
    });
    const [answer] = await write(chat, { maxNewTokens: 3 });
    expect(answer!.generated_text).toMatchObject([chat[0], { role: 'assistant' }]);
  });

  it('refuses other inputs and options, ends by a signal, and with dispose', async () => {
    const tokenizer = await newTokenizer();
    using model = gpt2(tokenizer);
    const write = await pipeline('text-generation', model, { tokenizer });
    await expect(write(3 as never)).rejects.toThrow(/an input must be a string or a list of messages, got number/);
    await expect(write('win', { maxTokens: 3 } as never)).rejects.toThrow(/option must be one of/);
    await expect(write('win', { returnCache: true } as never)).rejects.toThrow(/returnCache is for model.generate/);
    await expect(write('win', { returnFullText: 1 as never })).rejects.toThrow(/returnFullText must be true or false/);
    await expect(write(TEXTS[0]!.repeat(80))).rejects.toThrow(/a prompt must be shorter than the model's 64 positions/);
    await expect(write(TEXTS, { maxNewTokens: 40, signal: AbortSignal.timeout(1) })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    write.dispose();
    await expect(write('win')).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});

describe('a text from another', () => {
  it('is what generate writes', async () => {
    const tokenizer = await newTokenizer();
    using model = bart(tokenizer);
    const write = await pipeline('text2text-generation', model, { tokenizer });
    const options = { maxNewTokens: 5, numBeams: 2 };
    const rows = await Promise.all(
      TEXTS.map(async (text) => model.generate({ inputIds: [await idsOf(tokenizer, text)], ...options })),
    );
    const expected = rows.map(({ sequences }) => ({
      generated_text: tokenizer.decode(sequences[0]!, { skipSpecialTokens: true }).trim(),
    }));
    expect(await write(TEXTS, options)).toEqual(expected);
    expect(await write(TEXTS[1]!, options)).toEqual([expected[1]]);
    expect(await write(TEXTS[1]!, { ...options, numReturnSequences: 2 })).toHaveLength(2);
  });

  it('of more tokens than the model takes is written by sentences, and says so', async () => {
    const tokenizer = await newTokenizer();
    using model = bart(tokenizer);
    const options = { maxNewTokens: 5 };
    const sentence = 'Win money now. ';
    const long = sentence.repeat(12).trim();
    const sum = await pipeline('summarization', model, { tokenizer });
    const translate = await pipeline('translation', model, { tokenizer });
    const [short] = await sum(sentence, options);
    expect(Object.keys(short!)).toEqual(['summary_text']);
    const [summary] = await sum(long, options);
    const [translation] = await translate(long, options);
    expect(summary!.chunks).toBeGreaterThan(1);
    expect(translation).toEqual({ translation_text: summary!.summary_text, chunks: summary!.chunks });
    const write = await pipeline('text2text-generation', model, { tokenizer });
    await expect(write(long, options)).rejects.toThrow(/a source must have at most 24 tokens/);
  });

  it('has the prefix of its task, and of its languages', async () => {
    const tokenizer = await newTokenizer();
    const prefix = 'see you ';
    const task_specific_params = { summarization: { prefix }, translation_en_to_de: { prefix } };
    using plain = bart(tokenizer);
    const config = { ...plain.config.toJson(), task_specific_params };
    using model = AutoModelForSeq2SeqLM.fromConfig(config, place);
    const options = { maxNewTokens: 6 };
    const [wanted] = await (await pipeline('summarization', plain, { tokenizer }))('see you money', options);
    expect(await (await pipeline('summarization', model, { tokenizer }))('money', options)).toEqual([wanted]);
    const translate = await pipeline('translation', model, { tokenizer });
    const [translated] = await translate('money', { ...options, srcLang: 'en', tgtLang: 'de' });
    expect(translated).toEqual({ translation_text: wanted!.summary_text });
    await expect(translate('money', { srcLang: 'en', tgtLang: 'fr' })).rejects.toThrow(
      /must know languages, got en and fr/,
    );
  });
});

describe('texts of nothing but spaces', () => {
  it('are summed up as an empty one, however long', async () => {
    const tokenizer = await trainByteLevelBpe(['a b c'], { vocabSize: 260 });
    using model = bart(tokenizer, { bosTokenId: 0, eosTokenId: null, decoderStartTokenId: 0 });
    const sumUp = await pipeline('summarization', model, { tokenizer });
    const spaces = ` ${'\n \t'.repeat(30)}`;
    expect(await sumUp(spaces, { maxNewTokens: 3 })).toEqual(await sumUp('', { maxNewTokens: 3 }));
  });
});
