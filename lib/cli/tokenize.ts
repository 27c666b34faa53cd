import { AutoTokenizer, type PreTrainedTokenizer } from '../tokenizers/index.js';
import { ConfigError } from '../util/errors.js';
import { flag, integer, parseFields } from '../util/fields.js';
import { inTurn } from './classify/classifier.js';
import { pathField } from './classify/options.js';
import { dataFields } from './flags/data_fields.js';
import { hubFields } from './flags/engine_fields.js';
import { addFlags, flagName, pickFields } from './flags/fields.js';
import type { CliIo, RegisterVerb } from './io.js';
import { columnsOf } from './task/columns.js';
import { tokenizerFolder } from './task/model_folder.js';
import { readRows, type TextRow } from './task/read_rows.js';
import { readTask } from './task/saved_task.js';

const { labelColumn: _, labelSeparator: __, ...columnFields } = dataFields;

const ownFields = {
  model: pathField('folder of a model or of a tokenizer, or a name on the hub'),
  input: pathField('file of texts, or - for standard input'),
  maxLength: integer().optional().describe('most tokens of a row; else longer texts are not cut'),
  specialTokens: flag().default(true).describe('whether [CLS], [SEP] and the like stand around the texts'),
  ...hubFields,
  ...columnFields,
};

/** A JSON line for each row: ids, their tokens and, where the tokenizer knows them, their places in the text. */
async function linesOf(
  tokenizer: PreTrainedTokenizer,
  rows: readonly TextRow[],
  { maxLength, specialTokens }: { maxLength?: number | undefined; specialTokens: boolean },
  signal: AbortSignal,
): Promise<string> {
  const texts = rows.map(({ text }) => text);
  const hasPairs = rows[0]?.textPair !== undefined;
  const { inputIds, tokenTypeIds, offsets } = await tokenizer.encodeBatch(texts, {
    ...(hasPairs && { textPair: rows.map(({ textPair }) => textPair!) }),
    truncation: maxLength !== undefined,
    maxLength,
    addSpecialTokens: specialTokens,
    returnAttentionMask: false,
    returnTokenTypeIds: hasPairs,
    returnOffsetsMapping: tokenizer.isNative,
    signal,
  });
  const lines = inputIds.map((ids, i) => {
    const places = offsets === undefined ? {} : { offsets: offsets[i] };
    const types = tokenTypeIds === undefined ? {} : { typeIds: tokenTypeIds[i] };
    return `${JSON.stringify({ ids, tokens: tokenizer.convertIdsToTokens(ids), ...places, ...types })}\n`;
  });
  return lines.join('');
}

async function tokenize(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const options = parseFields('tokenize', ownFields, pickFields(ownFields, given), flagName);
  const { model, input } = options;
  if (model === undefined || input === undefined)
    throw new ConfigError(`tokenize: --${model === undefined ? 'model' : 'input'} must be given, got none`);
  const folder = await tokenizerFolder('tokenize', model, { revision: options.revision, signal: io.signal });
  const tokenizer = await AutoTokenizer.fromPretrained(folder);
  try {
    const columns = columnsOf('tokenize', input, options, await readTask(folder));
    const chunks = readRows('tokenize', input, { columns }, io);
    for await (const lines of inTurn(chunks, (rows) => linesOf(tokenizer, rows, options, io.signal))) {
      io.stdout(lines);
      await io.drained();
    }
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
