import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AutoModelForSeq2SeqLM, loadModel, pipeline } from '../../lib/index.js';
import { sharedPath } from '../shared.js';

const tarot = sharedPath('models/gpt2-tarot-mini');
const stories = sharedPath('models/llama2c-stories260K');
const phonemes = sharedPath('models/bart-g2p-en-us');
const dictionary = sharedPath('data/g2p_dictionary');

/** The likeliest next tokens. */
async function greedy(folder: string, prompt: string, maxNewTokens: number): Promise<string> {
  using write = await pipeline('text-generation', folder);
  const [{ generated_text }] = (await write(prompt, { maxNewTokens })) as [{ generated_text: string }];
  return generated_text;
}

describe.runIf(tarot)('gpt2-tarot-mini', () => {
  it('goes on as Python does', async () => {
    expect(await greedy(tarot!, 'Today you may feel', 20)).toMatch(
      /^Today you may feel you can get away with whatever you want this weekend but be sensible about it\./,
    );
    expect(await greedy(tarot!, 'Today you may', 18)).toMatch(
      /^Today you may be advised not to take any drastic action today\./,
    );
  });

  it('loads with nothing left over, from old files of PyTorch too', async () => {
    using model = await loadModel(tarot!);
    expect(model.architecture).toBe('GPT2LMHeadModel');
    expect(model.loadReport).toEqual({ newWeights: [], unexpected: [] });
  });
});

describe.runIf(stories)('llama2c-stories260K', () => {
  it('tells its story as Python does', async () => {
    const story =
      'Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.';
    expect((await greedy(stories!, 'Once upon a time', 60)).trim()).toMatch(new RegExp(`^${story}`));
  });
});

describe.runIf(phonemes && dictionary)('bart-g2p-en-us', () => {
  it('spells 281 of 422 words exactly, as Python does', async () => {
    using model = await AutoModelForSeq2SeqLM.fromPretrained(phonemes!);
    expect(model.loadReport).toEqual({ newWeights: [], unexpected: [] });
    const fields = model.config.toJson() as { grapheme_chars: string; phoneme_chars: string };
    const [letters, sounds] = [[...fields.grapheme_chars], [...fields.phoneme_chars]];
    const idOf = (letter: string): number => Math.max(letters.indexOf(letter, 4), 3);
    const encode = (word: string): number[] => [1, ...[...word].map(idOf), 2];
    const spell = (ids: readonly number[]): string => ids.map((id) => (id > 3 ? sounds[id]! : '')).join('');
    const lines = readFileSync(join(dictionary!, 'us.tsv'), 'utf8').trim().split('\n');
    const entries = lines.filter((_, i) => i % 50 === 0).map((line) => line.split('\t') as [string, string]);
    const words = ['transformer', ...entries.map(([word]) => word)];
    const { sequences } = await model.generate({ inputIds: words.map(encode) });
    const [first, ...spelled] = sequences.map(spell);
    expect(first).toBe('tɹænsfˈɔɹməɹ');
    expect(entries).toHaveLength(422);
    expect(spelled.filter((sound, i) => sound === entries[i]![1])).toHaveLength(281);
  });
});
