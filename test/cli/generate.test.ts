import { expect, it } from 'vitest';
import { AutoModelForCausalLM, GPT2Config, pipeline } from '../../lib/index.js';
import { newTokenizer, TEXTS } from '../pipelines/tiny_classifier.js';
import { runInProcess, runWith, temporaryFolder } from './fixtures.js';

async function newModel(): Promise<string> {
  const folder = temporaryFolder();
  const tokenizer = await newTokenizer();
  const sizes = { nEmbd: 16, nLayer: 1, nHead: 2, nPositions: 64, initializerRange: 0.5, eosTokenId: null };
  const config = new GPT2Config({ vocabSize: tokenizer.totalVocabSize, ...sizes });
  using model = AutoModelForCausalLM.fromConfig(config, { seed: 3, device: 'cpu' });
  await model.savePretrained(folder);
  await tokenizer.savePretrained(folder);
  return folder;
}

it('writes on from a prompt, of the command line or of standard input', async () => {
  const model = await newModel();
  using write = await pipeline('text-generation', model, { device: 'cpu' });
  const [{ generated_text: text }] = (await write(TEXTS[0]!, { maxNewTokens: 7, returnFullText: false })) as [
    { generated_text: string },
  ];
  const flags = ['generate', '--model', model, '--device', 'cpu', '--max-new-tokens', '7', '--prompt'];
  const plain = await runInProcess(...flags, TEXTS[0]!);
  expect(plain.stdout.trim()).toBe(text.trim());
  expect(await runWith({ stdin: `${TEXTS[0]!}\n` }, ...flags, '-')).toMatchObject({ code: 0, stdout: plain.stdout });
  const beams = await runInProcess(...flags, TEXTS[0]!, '--num-beams', '3', '--num-return-sequences', '2');
  expect(beams.stdout.trimEnd().split('\n')).toHaveLength(2);
  const drawn = await runInProcess(...flags, TEXTS[0]!, '--do-sample', '--seed', '4', '--top-k', '5');
  expect(drawn.stdout).toBe(
    (await runInProcess(...flags, TEXTS[0]!, '--do-sample', '--seed', '4', '--top-k', '5')).stdout,
  );
});

it('tells bad input in one line', async () => {
  const model = await newModel();
  const flags = ['generate', '--model', model, '--device', 'cpu'];
  expect(await runInProcess(...flags)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--prompt must be given/) as string,
  });
  const chat = await runInProcess(...flags, '--prompt', 'win', '--chat');
  expect(chat).toMatchObject({ code: 2, stderr: expect.stringMatching(/a chat needs a template/) as string });
  const top = await runInProcess(...flags, '--prompt', 'win', '--top-p', '3');
  expect(top).toMatchObject({ code: 2, stderr: expect.stringMatching(/must be a number from 0 to 1/) as string });
});
