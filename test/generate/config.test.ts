import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AutoModelForCausalLM, GenerationConfig, GPT2Config, loadModel } from '../../lib/index.js';
import { temporaryFolder } from '../cli/fixtures.js';

const place = { device: 'cpu', seed: 3 };
const tiny = (extra: object = {}) =>
  AutoModelForCausalLM.fromConfig(
    { model_type: 'gpt2', vocab_size: 20, n_embd: 8, n_layer: 1, n_head: 2, ...extra },
    place,
  );

describe('a generation config', () => {
  it('is read of its file, followed by generate, and saved with what is not known', async () => {
    const folder = temporaryFolder();
    using model = tiny({ eos_token_id: null });
    await model.savePretrained(folder);
    const path = join(folder, 'generation_config.json');
    const json = { max_new_tokens: 3, temperature: 1, repetition_penalty: 2, my_field: { a: 1 }, eos_token_id: null };
    await writeFile(path, JSON.stringify(json));
    using loaded = await loadModel(folder, { device: 'cpu' });
    expect(loaded.generationConfig.toJson()).toEqual(json);
    const { sequences } = await loaded.generate({ inputIds: [[7, 8]] });
    expect(sequences[0]).toHaveLength(5);
    expect((await loaded.generate({ inputIds: [[7, 8]], maxLength: 4 })).sequences[0]).toHaveLength(4);
    await loaded.savePretrained(folder);
    const text = await readFile(path, 'utf8');
    expect(JSON.parse(text)).toEqual(json);
    // Python takes these as floats alone.
    expect(text).toMatch(/"repetition_penalty": 2\.0/);
    expect(text).toMatch(/"temperature": 1\.0/);
  });

  it('is made of what an older config.json says', async () => {
    using model = tiny({ eos_token_id: 4, max_length: 7, num_beams: 2 });
    expect(model.generationConfig).toMatchObject({ eosTokenId: 4, maxLength: 7, numBeams: 2 });
    expect((await model.generate({ inputIds: [[7, 8]], eosTokenId: null })).sequences[0]).toHaveLength(7);
    model.generationConfig = new GenerationConfig({ maxNewTokens: 2, eosTokenId: null });
    expect((await model.generate({ inputIds: [[7, 8]] })).sequences[0]).toHaveLength(4);
  });

  it('writes twenty tokens where nothing says how many', async () => {
    using model = AutoModelForCausalLM.fromConfig(
      new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2, eosTokenId: null }),
      place,
    );
    expect((await model.generate({ inputIds: [[7, 8]] })).sequences[0]).toHaveLength(22);
  });
});

describe('refuses', () => {
  it.each<[text: RegExp, json: unknown]>([
    [/generation_config.json: must hold an object, got \[\]/, []],
    [/generation_config.json: top_p must be a number from 0 to 1, got 3/, { top_p: 3 }],
    [/early_stopping must be true, false or 'never', got "no"/, { early_stopping: 'no' }],
    [/bad_words_ids must be lists of token ids/, { bad_words_ids: [[]] }],
    [/max_new_tokens must be an integer from 1/, { max_new_tokens: 0 }],
    [/the file must be JSON/, undefined],
  ])('a file: %s', async (text, json) => {
    const folder = temporaryFolder();
    using model = tiny();
    await model.savePretrained(folder);
    await writeFile(join(folder, 'generation_config.json'), json === undefined ? '{' : JSON.stringify(json));
    await expect(loadModel(folder)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(text) as string,
    });
  });

  it('a field of the caller that there is not, and one of Python that cannot be followed', async () => {
    expect(() => new GenerationConfig({ topp: 1 } as object)).toThrow(/got topp \(did you mean "topP"\?\)/);
    using model = tiny();
    model.generationConfig = GenerationConfig.fromJson({ penalty_alpha: 0.6, guidance_scale: 1 });
    await expect(model.generate({ inputIds: [[1]] })).rejects.toThrow(
      /penalty_alpha of the generation config is not there, got 0.6/,
    );
  });
});
