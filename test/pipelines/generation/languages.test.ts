import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AutoModelForSeq2SeqLM, AutoTokenizer, MBartConfig, pipeline } from '../../../lib/index.js';
import { temporaryFolder } from '../../cli/fixtures.js';

async function mbart() {
  const folder = temporaryFolder();
  copyFileSync(
    join(import.meta.dirname, '../../golden/sentencepiece/fairseq.model'),
    join(folder, 'sentencepiece.bpe.model'),
  );
  const config = { tokenizer_class: 'MBartTokenizer', src_lang: 'en_XX', tgt_lang: 'es_XX' };
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  const tokenizer = await AutoTokenizer.fromPretrained(folder);
  const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
  const sizes = { dModel: 16, encoderFfnDim: 16, decoderFfnDim: 16, maxPositionEmbeddings: 32, initStd: 0.5 };
  const fields = { vocabSize: tokenizer.totalVocabSize, ...sizes, ...layers, forcedEosTokenId: null };
  return { tokenizer, model: AutoModelForSeq2SeqLM.fromConfig(new MBartConfig(fields), { device: 'cpu', seed: 3 }) };
}

it("tells mBART its languages, each call its own, and leaves the tokenizer's", async () => {
  const { tokenizer, model } = await mbart();
  using translate = await pipeline('translation', model, { tokenizer });
  const wanted = async (source: string, target: string) => {
    tokenizer.srcLang = source;
    const inputIds = [tokenizer.encode('a boat').inputIds];
    tokenizer.srcLang = 'en_XX';
    const forcedBosTokenId = tokenizer.convertTokensToIds(target);
    const { sequences } = await model.generate({ inputIds, forcedBosTokenId, maxNewTokens: 8 });
    expect(sequences[0]![1]).toBe(forcedBosTokenId);
    return tokenizer.decode(sequences[0]!, { skipSpecialTokens: true }).trim();
  };
  const calls = [
    translate('a boat', { maxNewTokens: 8 }),
    translate('a boat', { maxNewTokens: 8, srcLang: 'fr_XX', tgtLang: 'de_DE' }),
  ];
  const texts = (await Promise.all(calls)).map(([first]) => first!.translation_text);
  expect(texts).toEqual([await wanted('en_XX', 'es_XX'), await wanted('fr_XX', 'de_DE')]);
  expect([tokenizer.srcLang, tokenizer.tgtLang]).toEqual(['en_XX', 'es_XX']);
  await expect(translate('a boat', { tgtLang: 'xx' })).rejects.toThrow(/tgtLang must be one of .*got xx/);
  await expect(translate('a boat', { srcLang: 'xx' })).rejects.toThrow(/srcLang must be one of .*got xx/);
  model.dispose();
});
