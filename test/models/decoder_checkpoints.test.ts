import { describe, expect, it } from 'vitest';
import { AutoModelForCausalLM, AutoTokenizer, loadModel } from '../../lib/index.js';
import { sharedPath } from '../shared.js';

const tarot = sharedPath('models/gpt2-tarot-mini');
const stories = sharedPath('models/llama2c-stories260K');

/** The likeliest next tokens, one by one, with a cache. */
async function greedy(folder: string, prompt: string, count: number): Promise<string> {
  using model = await AutoModelForCausalLM.fromPretrained(folder);
  const tokenizer = await AutoTokenizer.fromPretrained(folder);
  const { inputIds } = await tokenizer([prompt]);
  const written = [...inputIds[0]!];
  let output = model.forward({ inputIds, useCache: true, logitsToKeep: 1 });
  const { pastKeyValues } = output;
  while (written.length < inputIds[0]!.length + count) {
    const logits = Array.from(await output.logits.data(), Number);
    written.push(logits.indexOf(Math.max(...logits)));
    output.dispose();
    output = model.forward({ inputIds: [written.slice(-1)], pastKeyValues, logitsToKeep: 1 });
  }
  output.dispose();
  pastKeyValues![0]!.dispose();
  return tokenizer.decode(written, { skipSpecialTokens: true });
}

describe.runIf(tarot)('gpt2-tarot-mini', () => {
  it('goes on as Python does', async () => {
    expect(await greedy(tarot!, 'Today you may feel', 20)).toMatch(
      /^Today you may feel you can get away with whatever you want this weekend but be sensible about it\./,
    );
    expect(await greedy(tarot!, 'Today you may', 12)).toMatch(
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
