import { DataCollatorWithPacking, type PackedBatch, type TokenizedRow } from '../data/index.js';
import type { PreTrainedTokenizer } from '../tokenizers/index.js';
import { DataError } from '../util/errors.js';

/** A text, or two that belong together (premise and hypothesis, question and passage). */
export type TextInput = string | { text: string; textPair?: string | undefined };

/** How texts become batches. @internal */
export interface BatchOptions {
  /** First words of errors' texts. */
  where: string;
  truncation: boolean;
  /** Most tokens of a row. */
  maxLength: number;
  /** Most tokens of a batch, but for one row that is longer by itself. */
  maxBatchTokens: number;
  signal: AbortSignal | undefined;
}

/** Texts tokenized at a time: what a call with very many of them keeps in memory. */
const TEXTS_AT_ONCE = 512;

/** The texts of some inputs, and their second texts when they have any. */
function splitPairs(where: string, inputs: readonly TextInput[], first: number) {
  const texts: string[] = [];
  const pairs: string[] = [];
  for (const [i, input] of inputs.entries()) {
    const isPair = typeof input === 'object' && input !== null;
    const text: unknown = isPair ? input.text : input;
    const pair: unknown = isPair ? input.textPair : undefined;
    if (typeof text !== 'string' || (pair !== undefined && typeof pair !== 'string')) {
      const got = input === null ? 'null' : typeof input;
      const rule = 'an input must be a string or { text, textPair } of strings';
      throw new DataError(`${where}: ${rule}, got ${got} at index ${first + i}`, { index: first + i });
    }
    texts.push(text);
    if (pair !== undefined) pairs.push(pair);
  }
  if (pairs.length === 0 || pairs.length === texts.length) return { texts, pairs };
  const got = `${pairs.length} of ${texts.length} from index ${first} on`;
  throw new DataError(`${where}: either every input has a textPair or none, got ${got}`);
}

async function* tokenize(
  tokenizer: PreTrainedTokenizer,
  inputs: readonly TextInput[],
  { where, truncation, maxLength, signal }: BatchOptions,
): AsyncGenerator<TokenizedRow> {
  for (let first = 0; first < inputs.length; first += TEXTS_AT_ONCE) {
    const { texts, pairs } = splitPairs(where, inputs.slice(first, first + TEXTS_AT_ONCE), first);
    const encoded = await tokenizer.encodeBatch(texts, {
      truncation,
      ...(truncation && { maxLength }),
      ...(pairs.length > 0 && { textPair: pairs }),
      returnAttentionMask: false,
      typedArrays: true,
      signal,
    });
    for (const [i, inputIds] of encoded.inputIds.entries()) {
      const tokenTypeIds = encoded.tokenTypeIds?.[i];
      yield tokenTypeIds === undefined ? { inputIds } : { inputIds, tokenTypeIds };
    }
  }
}

/**
 * Packed batches of some texts in their order, each of at most `maxBatchTokens` tokens. Nothing is sorted: packed rows
 * cost what they hold, whatever stands beside them.
 *
 * @throws {DataError} An input is neither a text nor a pair.
 * @internal
 */
export async function* packedBatches(
  tokenizer: PreTrainedTokenizer,
  inputs: readonly TextInput[],
  options: BatchOptions,
): AsyncGenerator<PackedBatch> {
  const collator = new DataCollatorWithPacking();
  let rows: TokenizedRow[] = [];
  let tokens = 0;
  for await (const row of tokenize(tokenizer, inputs, options)) {
    if (rows.length > 0 && tokens + row.inputIds.length > options.maxBatchTokens) {
      yield collator.collate(rows);
      [rows, tokens] = [[], 0];
    }
    rows.push(row);
    tokens += row.inputIds.length;
  }
  if (rows.length > 0) yield collator.collate(rows);
}
