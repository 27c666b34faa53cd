import { createContext, Script } from 'node:vm';
import { Template } from '@huggingface/jinja';
import { didYouMean } from '../../util/did_you_mean.js';
import { TokenizerError } from '../../util/errors.js';
import type { CheckedValue } from '../checked_file.js';

/** One turn of a chat; templates may read further fields. */
export interface ChatMessage {
  /** `system`, `user`, `assistant` or what else the model's template knows. */
  role: string;
  content: string;
  readonly [field: string]: unknown;
}

/** What {@link PreTrainedTokenizer.applyChatTemplate} takes beside messages. */
export interface ChatTemplateOptions {
  /** Whether the text ends with what begins an assistant's turn; false by default. */
  addGenerationPrompt?: boolean | undefined;
  /** A template, or the name of one of the tokenizer's; its `default` one by default. */
  chatTemplate?: string | undefined;
  /** Tools and documents that the template tells the model of. */
  tools?: readonly unknown[] | undefined;
  documents?: readonly unknown[] | undefined;
  /** What else the template reads. */
  templateVariables?: Readonly<Record<string, unknown>> | undefined;
}

/** Names of {@link ChatTemplateOptions}. @internal */
export const CHAT_TEMPLATE_OPTIONS = ['addGenerationPrompt', 'chatTemplate', 'tools', 'documents', 'templateVariables'];

/** A tokenizer's templates by name. @internal */
export type ChatTemplates = Readonly<Record<string, string>>;

const MAX_TEMPLATES = 64;
const MAX_CHARACTERS = 1 << 20;
/** A template comes from a file: a loop in it must not hold the event loop for long. */
const TIMEOUT_MS = 1000;

function checkedTemplate(value: CheckedValue): string {
  const template = value.string();
  if (template.length > MAX_CHARACTERS) value.fail(`must have at most ${MAX_CHARACTERS} characters`);
  return template;
}

/** The templates of tokenizer_config.json: one, or a list with names. @throws {TokenizerError} @internal */
export function readChatTemplates(value: CheckedValue): ChatTemplates {
  if (value.isAbsent) return {};
  if (typeof value.value === 'string') return { default: checkedTemplate(value) };
  const named = value.items(MAX_TEMPLATES);
  return Object.fromEntries(named.map((each) => [each.get('name').string(), checkedTemplate(each.get('template'))]));
}

function templateOf(templates: ChatTemplates, asked: string | undefined): string {
  const names = Object.keys(templates);
  if (asked !== undefined && !Object.hasOwn(templates, asked)) {
    if (/[{}]/.test(asked)) return asked;
    const hint = didYouMean(asked, names);
    throw new TokenizerError(
      `tokenizer: chatTemplate must be a template or one of ${names.join(', ') || 'no names'}, got ${asked}${hint}`,
      { chatTemplate: asked, known: names },
    );
  }
  const name = asked ?? (names.length === 1 ? names[0]! : 'default');
  if (Object.hasOwn(templates, name)) return templates[name]!;
  throw new TokenizerError(
    'tokenizer: a chat needs a template in tokenizer_config.json or chat_template.jinja, got none',
  );
}

function checkMessages(messages: unknown): void {
  const isMessage = (each: unknown): boolean =>
    typeof each === 'object' && each !== null && typeof (each as ChatMessage).role === 'string';
  if (Array.isArray(messages) && messages.length > 0 && messages.every(isMessage)) return;
  throw new TokenizerError('tokenizer: a chat must be a list of messages with a role, got something else');
}

/** Parsed templates: parsing takes longer than rendering. */
const PARSED = new Map<string, Template>();
const MAX_PARSED = 16;

function parsed(source: string): Template {
  const known = PARSED.get(source);
  if (known !== undefined) return known;
  const template = new Template(source);
  if (PARSED.size === MAX_PARSED) PARSED.clear();
  PARSED.set(source, template);
  return template;
}

/**
 * The text of a chat.
 * @param special tokens by their role, which templates may read
 * @throws {TokenizerError} There is no template, it cannot be parsed, refuses the messages or takes too long.
 * @internal
 */
export function renderChat(
  templates: ChatTemplates,
  messages: readonly ChatMessage[],
  special: Readonly<Record<string, string | undefined>>,
  { addGenerationPrompt = false, chatTemplate, tools, documents, templateVariables }: ChatTemplateOptions,
): string {
  const source = templateOf(templates, chatTemplate);
  checkMessages(messages);
  const variables = { ...special, messages, tools, documents, add_generation_prompt: addGenerationPrompt };
  const given = Object.entries({ ...variables, ...templateVariables }).filter(([, value]) => value !== undefined);
  const render = (): string => parsed(source).render(Object.fromEntries(given));
  try {
    // Node can end what runs too long in a script of its own.
    return new Script('render()').runInContext(createContext({ render }), { timeout: TIMEOUT_MS }) as string;
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    throw new TokenizerError(
      `tokenizer: the chat template must take these messages, got ${told}`,
      {},
      { cause: error },
    );
  }
}
