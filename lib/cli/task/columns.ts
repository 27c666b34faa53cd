import { formatOf } from '../../data/readers/formats.js';
import type { DataFormat } from '../../data/readers/source.js';
import { ConfigError } from '../../util/errors.js';
import type { DataOptions } from '../flags/data_fields.js';

/** Where the texts and labels of a file are. @internal */
export interface Columns {
  format: DataFormat;
  text: string;
  textPair: string | undefined;
  label: string;
  /** Whether a CSV or TSV file names its columns. */
  header: boolean;
  /** Around fields of one; null: quotes are plain characters. Undefined: the reader's own. */
  quote: string | null | undefined;
}

const DELIMITED: readonly DataFormat[] = ['csv', 'tsv'];

/** Where columns have numbers, others' names mean nothing, and the other way round. */
function usual(names: (string | undefined)[], areNumbers: boolean): (string | undefined)[] {
  return names.map((name) => (name !== undefined && /^\d+$/.test(name) === areNumbers ? name : undefined));
}

/**
 * The columns of a source: as given, else as the model was trained with, else `text` and `label`. Of a file without a
 * header line they are, by default, the first, the second where texts come in pairs, and the one after that.
 *
 * @param where the verb, for errors
 * @param source a path, or `-` for standard input
 * @throws ConfigError when its ending says no format, or it has no header line to be without
 * @internal
 */
export function columnsOf(where: string, source: string, given: DataOptions, trained: DataOptions = {}): Columns {
  const format = given.format ?? (source === '-' ? 'jsonl' : formatOf(where, source));
  const isDelimited = DELIMITED.includes(format);
  const odd = [given.header === false && '--no-header', given.quote !== undefined && '--quote'].find(Boolean);
  if (odd !== undefined && !isDelimited)
    throw new ConfigError(`${where}: ${odd} needs csv or tsv, got ${format} for ${source}`);
  const header = !isDelimited || (given.header ?? trained.header ?? true);
  const quote = isDelimited ? (given.quote ?? trained.quote) : undefined;
  const names = [trained.textColumn, trained.textPairColumn, trained.labelColumn];
  const [text, textPair, label] = usual(names, !header);
  const hasPair = given.textPairColumn !== undefined || trained.textPairColumn !== undefined;
  const [first, second, third] = header ? ['text', 'text_pair', 'label'] : ['1', '2', hasPair ? '3' : '2'];
  return {
    format,
    text: given.textColumn ?? text ?? first!,
    textPair: given.textPairColumn ?? textPair ?? (hasPair ? second : undefined),
    label: given.labelColumn ?? label ?? third!,
    header,
    quote: quote === 'none' ? null : quote,
  };
}
