import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AutoTokenizer, type ChatMessage } from '../../../lib/index.js';
import { temporaryFolder } from '../../cli/fixtures.js';
import { newTokenizer } from '../../pipelines/tiny_classifier.js';

const messages = [
  { role: 'system', content: 'be kind' },
  { role: 'user', content: 'win money' },
];
const TEMPLATE =
  "{{ bos_token or '' }}{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] | trim }}\n{% endfor %}" +
  '{% if add_generation_prompt %}<|assistant|>{% endif %}';
const TEXT = '<|system|>be kind\n<|user|>win money\n';

async function folderWith(files: Record<string, string>, config: object = {}): Promise<string> {
  const folder = temporaryFolder();
  await (await newTokenizer()).savePretrained(folder);
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe('a chat', () => {
  it.each([
    { name: 'the configuration', files: {}, config: { chat_template: TEMPLATE } },
    {
      name: 'a list of named templates',
      files: {},
      config: { chat_template: [{ name: 'default', template: TEMPLATE }] },
    },
    { name: 'a file of its own', files: { 'chat_template.jinja': TEMPLATE }, config: { chat_template: 'not this' } },
  ])('is written by the template of $name, and by that of the saved folder', async ({ files, config }) => {
    const tokenizer = await AutoTokenizer.fromPretrained(await folderWith(files, config));
    expect(tokenizer.applyChatTemplate(messages, { tokenize: false })).toBe(TEXT);
    expect(tokenizer.applyChatTemplate(messages, { tokenize: false, addGenerationPrompt: true })).toBe(
      `${TEXT}<|assistant|>`,
    );
    const saved = temporaryFolder();
    await tokenizer.savePretrained(saved);
    const again = await AutoTokenizer.fromPretrained(saved);
    expect([again.hasChatTemplate, again.applyChatTemplate(messages, { tokenize: false })]).toEqual([true, TEXT]);
  });

  it('becomes ids without further special tokens', async () => {
    const tokenizer = await AutoTokenizer.fromPretrained(await folderWith({}, { chat_template: TEMPLATE }));
    const { inputIds } = await tokenizer.applyChatTemplate(messages);
    expect(inputIds).toEqual([tokenizer.encode(TEXT, { addSpecialTokens: false }).inputIds]);
  });

  it('may be given variables and another template', async () => {
    const tokenizer = await newTokenizer();
    const chatTemplate = '{{ tools | length }} {{ mood }}';
    const options = { chatTemplate, tools: [1, 2], templateVariables: { mood: 'good' }, tokenize: false as const };
    expect(tokenizer.applyChatTemplate(messages, options)).toBe('2 good');
  });
});

describe('refuses', () => {
  const cases: [name: string, chatTemplate: string | undefined, chat: unknown, text: RegExp][] = [
    ['a tokenizer without a template', undefined, messages, /a chat needs a template .* got none/],
    ['a name that no template has', 'rag', messages, /chatTemplate must be a template or one of no names, got rag/],
    ['a template that throws', "{{ raise_exception('roles must alternate') }}", messages, /got roles must alternate/],
    ['a template that cannot be parsed', '{% for m in %}', messages, /the chat template must take these messages/],
    [
      'a template without an end',
      '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}',
      messages,
      /timed out/,
    ],
    ['what are no messages', '{{ 1 }}', ['win'], /a chat must be a list of messages with a role/],
    ['an empty chat', '{{ 1 }}', [], /a chat must be a list of messages with a role/],
  ];
  it.each(cases)('%s', async (_, chatTemplate, chat, text) => {
    const tokenizer = await newTokenizer();
    const apply = () => tokenizer.applyChatTemplate(chat as ChatMessage[], { chatTemplate, tokenize: false });
    expect(apply).toThrow(
      expect.objectContaining({ code: 'TOKENIZER', message: expect.stringMatching(text) as string }),
    );
  });

  it('a template of another type', async () => {
    const folder = await folderWith({}, { chat_template: 3 });
    await expect(AutoTokenizer.fromPretrained(folder)).rejects.toThrow(/chat_template/);
  });
});
