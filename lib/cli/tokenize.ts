import { AutoTokenizer, type PreTrainedTokenizer } from '../tokenizers/index.js';
import { ConfigError } from '../util/errors.js';
import { flag, integer, parseFields } from '../util/fields.js';
import { pathField } from './classify/options.js';
import { dataFields } from './flags/data_fields.js';
import { hubFields } from './flags/engine_fields.js';
import { addFlags, flagName, pickFields } from './flags/fields.js';
import type { CliIo, RegisterVerb } from './io.js';
import { columnsOf } from './task/columns.js';
import { tokenizerFolder } from './task/model_folder.js';
import { readRows, type TextRow } from './task/read_rows.js';
import { readTask } from './task/saved_task.js';
import { lineFields, writeLines } from './task/write_lines.js';

const { labelColumn: _, labelSeparator: __, ...columnFields } = dataFields;

const ownFields = {
  model: pathField('folder of a model or of a tokenizer, or a name on the hub'),
  input: pathField('file of texts, or - for standard input'),
  maxLength: integer().optional().describe('most tokens of a row; else longer texts are not cut'),
  stride: integer({ min: 0 })
    .optional()
    .describe('long texts become windows of --max-length that share so many tokens: a line holds all of a text'),
  specialTokens: flag().default(true).describe('whether [CLS], [SEP] and the like stand around the texts'),
  ...lineFields,
  ...hubFields,
  ...columnFields,
};

/** How texts are cut. */
interface TokenizeSettings {
  maxLength?: number | undefined;
  stride?: number | undefined;
  specialTokens: boolean;
}

/** What is written of some tokens: ids, the tokens themselves and, where the tokenizer knows them, their places. */
type TokenLine = { ids: number[]; tokens: string[]; offsets?: unknown; typeIds?: number[]; newTokens?: number };

async function tokensOf(
  tokenizer: PreTrainedTokenizer,
  rows: readonly TextRow[],
  { maxLength, stride, specialTokens }: TokenizeSettings,
  signal: AbortSignal,
): Promise<readonly object[]> {
  const texts = rows.map(({ text }) => text);
  const hasPairs = rows[0]!.textPair !== undefined;
  const windows = {
    truncation: hasPairs ? 'only_second' : 'only_first',
    stride,
    returnOverflowingTokens: true,
  } as const;
  const encoded = await tokenizer.encodeBatch(texts, {
    ...(hasPairs && { textPair: rows.map(({ textPair }) => textPair!) }),
    ...(stride === undefined ? { truncation: maxLength !== undefined } : windows),
    maxLength,
    addSpecialTokens: specialTokens,
    returnAttentionMask: false,
    returnTokenTypeIds: hasPairs,
    returnOffsetsMapping: tokenizer.isNative,
    signal,
  });
  const { offsets, tokenTypeIds, newTokens, overflowToSampleMapping } = encoded;
  const lines = encoded.inputIds.map((ids, i): TokenLine => {
    const places = offsets === undefined ? {} : { offsets: offsets[i] };
    const types = tokenTypeIds === undefined ? {} : { typeIds: tokenTypeIds[i]! };
    const news = newTokens === undefined ? {} : { newTokens: newTokens[i]! };
    return { ids, tokens: tokenizer.convertIdsToTokens(ids), ...places, ...types, ...news };
  });
  if (overflowToSampleMapping === undefined) return lines;
  const ofTexts: { windows: TokenLine[] }[] = texts.map(() => ({ windows: [] }));
  for (const [window, text] of overflowToSampleMapping.entries()) ofTexts[text]!.windows.push(lines[window]!);
  return ofTexts;
}

async function tokenize(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const options = parseFields('tokenize', ownFields, pickFields(ownFields, given), flagName);
  const { model, input, maxLength, stride } = options;
  if (model === undefined || input === undefined)
    throw new ConfigError(`tokenize: --${model === undefined ? 'model' : 'input'} must be given, got none`);
  if (stride !== undefined && maxLength === undefined)
    throw new ConfigError('tokenize: --stride needs --max-length, got none');
  const folder = await tokenizerFolder('tokenize', model, { revision: options.revision, signal: io.signal });
  const tokenizer = await AutoTokenizer.fromPretrained(folder);
  try {
    const columns = columnsOf('tokenize', input, options, await readTask(folder));
    const chunks = readRows('tokenize', input, { columns, keepsBadRows: options.onError === 'record' }, io);
    await writeLines(chunks, (rows) => tokensOf(tokenizer, rows, options, io.signal), io);
  } finally {
    tokenizer.dispose();
  }
}

/**
 * The verb `tokenize`: a JSON line of ids, tokens and offsets for each text, streamed, in order.
 * @internal
 */
export const registerTokenize: RegisterVerb = (program, io) => {
  const verb = program
    .command('tokenize')
    .description('tokenize texts: a JSON line of ids, tokens and offsets for each');
  addFlags(verb, ownFields, 'Options:').action((options: Record<string, unknown>) => tokenize(options, io));
};
