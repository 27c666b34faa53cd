import { generationFields } from '../generate/config.js';
import { type GenerateInputs, loadModel, type PreTrainedModel } from '../models/index.js';
import { AutoTokenizer, type PreTrainedTokenizer } from '../tokenizers/index.js';
import { camelCase } from '../util/case_names.js';
import { ConfigError } from '../util/errors.js';
import { flag, integer, parseFields, text } from '../util/fields.js';
import { pathField } from './classify/options.js';
import { dtypeFields, hubFields, placeFields, useThreads } from './flags/engine_fields.js';
import { addFlags, type Fields, flagName, pickFields } from './flags/fields.js';
import type { CliIo, RegisterVerb } from './io.js';

const MAX_PROMPT = 1 << 20;

const ownFields = {
  model: pathField('folder of a model that writes, or a name on the hub'),
  prompt: text({ min: 1, max: MAX_PROMPT })
    .optional()
    .describe('text to go on with, or to write from; - for standard input'),
  chat: flag().default(false).describe("whether the prompt is a user's turn of a chat, by the tokenizer's template"),
  system: text({ max: MAX_PROMPT }).optional().describe('with --chat: the turn of the system before it'),
  seed: integer({ min: 0 }).optional().describe('of sampling; else a random one'),
} satisfies Fields;
const modelFields = { ...placeFields, ...dtypeFields, ...hubFields };
/** How a model writes: what `generation_config.json` may say. @internal */
export const writingFields: Fields = Object.fromEntries(
  Object.entries(generationFields).map(([name, field]) => [camelCase(name), field]),
);

async function readPrompt(prompt: string, io: CliIo): Promise<string> {
  if (prompt !== '-') return prompt;
  const decoder = new TextDecoder();
  let read = '';
  for await (const bytes of io.stdin) {
    read += decoder.decode(bytes, { stream: true });
    if (read.length > MAX_PROMPT)
      throw new ConfigError(`generate: --prompt must have at most ${MAX_PROMPT} characters, got more`);
  }
  return (read + decoder.decode()).replace(/\r?\n$/, ''); // what ends the last line of a pipe
}

async function promptIds(
  tokenizer: PreTrainedTokenizer,
  prompt: string,
  { chat, system }: { chat: boolean; system?: string | undefined },
): Promise<number[]> {
  if (!chat) return (await tokenizer.encodeBatch([prompt], { truncation: false })).inputIds[0]!;
  const before = system === undefined ? [] : [{ role: 'system', content: system }];
  const messages = [...before, { role: 'user', content: prompt }];
  return (await tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true })).inputIds[0]!;
}

/** Writes rows as they come; several of them, or those of beam search, when they are whole. */
async function write(
  model: PreTrainedModel,
  tokenizer: PreTrainedTokenizer,
  inputs: GenerateInputs,
  io: CliIo,
): Promise<void> {
  const { numBeams, numReturnSequences } = { ...model.generationConfig, ...inputs };
  if ((numBeams ?? 1) === 1 && (numReturnSequences ?? 1) === 1) {
    for await (const { text: piece } of model.generateStream(inputs)) {
      io.stdout(piece);
      await io.drained();
    }
    io.stdout('\n');
    return;
  }
  const { sequences } = await model.generate(inputs);
  const [prompt] = inputs.inputIds as [number[]];
  const begin = model.writing!.isEncoderDecoder ? 0 : prompt.length;
  for (const row of sequences) io.stdout(`${tokenizer.decode(row.slice(begin), { skipSpecialTokens: true }).trim()}\n`);
}

async function generate(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const fields = { ...ownFields, ...modelFields };
  const options = parseFields('generate', fields, pickFields(fields, given), flagName);
  const { model: source, prompt, device, dtype, revision, seed } = options;
  for (const [name, value] of Object.entries({ model: source, prompt }))
    if (value === undefined) throw new ConfigError(`generate: ${flagName(name)} must be given, got none`);
  useThreads(options.threads);
  const { signal } = io;
  const tokenizer = await AutoTokenizer.fromPretrained(source!, { revision, signal });
  const model = await loadModel(source!, { device, dtype, revision, signal });
  try {
    const ids = await promptIds(tokenizer, await readPrompt(prompt!, io), options);
    await write(
      model,
      tokenizer,
      { ...pickFields(writingFields, given), inputIds: [ids], seed, tokenizer, signal },
      io,
    );
  } finally {
    model.dispose();
    tokenizer.dispose();
  }
}

/**
 * The verb `generate`: writes on from a prompt, to the terminal as it is written.
 * @internal
 */
export const registerGenerate: RegisterVerb = (program, io) => {
  const verb = program.command('generate').description('write on from a prompt, as it is written');
  addFlags(verb, ownFields, 'Options:');
  addFlags(verb, writingFields, 'Generation (else what the folder says):');
  addFlags(verb, modelFields, 'Model:');
  verb.action((options: Record<string, unknown>) => generate(options, io));
};
