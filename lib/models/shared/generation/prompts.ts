import type { Prompt } from '../../../generate/model.js';
import { DataError, ConfigError } from '../../../util/errors.js';
import type { TokenInput } from '../inputs.js';
import { toRagged } from '../ragged.js';

/** What a model's prompts are checked against. */
export interface PromptRules {
  architecture: string;
  vocabSize: number;
  /** Tokens of the longest source. */
  longestSource: number;
}

/** The inputs of `generate`. */
export interface PromptInputs {
  /** Rows of ids, of unequal lengths or padded with a mask: (B, S). */
  inputIds: TokenInput;
  /** 1 on tokens, 0 on padding. */
  attentionMask?: TokenInput | undefined;
  /** Of encoder-decoders: what the decoder has written already; by default its start token. */
  decoderInputIds?: TokenInput | undefined;
}

interface Row {
  ids: number[];
  mask: number[];
}

function checkedRows({ architecture, vocabSize }: PromptRules, name: string, input: TokenInput): number[][] {
  const where = `${architecture}.generate`;
  const { values, offsets } = toRagged(where, name, input);
  return Array.from({ length: offsets.length - 1 }, (_, row) => {
    const ids = Array.from(values.subarray(offsets[row], offsets[row + 1]));
    const wrong = ids.find((id) => id < 0 || id >= vocabSize);
    if (wrong === undefined) return ids;
    throw new DataError(`${where}: ${name} must lie in the vocabulary of ${vocabSize}, got ${wrong} in row ${row}`, {
      row,
      id: wrong,
      vocabSize,
    });
  });
}

/** The rows with their masks; hidden tokens at the end are left out. */
function maskedRows(rules: PromptRules, { inputIds, attentionMask }: PromptInputs): Row[] {
  const where = `${rules.architecture}.generate`;
  if (inputIds === undefined) throw new DataError(`${where}: inputIds must be given, got none`);
  const rows = checkedRows(rules, 'inputIds', inputIds);
  if (attentionMask === undefined) return rows.map((ids) => ({ ids, mask: ids.map(() => 1) }));
  const { values, offsets } = toRagged(where, 'attentionMask', attentionMask);
  return rows.map((ids, row) => {
    const mask = Array.from(values.subarray(offsets[row], offsets[row + 1]));
    if (mask.length !== ids.length || mask.some((seen) => seen !== 0 && seen !== 1))
      throw new DataError(`${where}: attentionMask must be 0 or 1 for each token, got another row ${row}`, { row });
    const end = mask.lastIndexOf(1) + 1;
    return { ids: ids.slice(0, end), mask: mask.slice(0, end) };
  });
}

/** Prompts of a decoder: their tokens without padding. @throws DataError @internal */
export function decoderPrompts(rules: PromptRules, inputs: PromptInputs): Prompt[] {
  if (inputs.decoderInputIds !== undefined)
    throw new ConfigError(`${rules.architecture}.generate: decoderInputIds are of encoder-decoders, got them`);
  return maskedRows(rules, inputs).map(({ ids, mask }) => ({ tokens: ids.filter((_, i) => mask[i] === 1) }));
}

/** What the decoder reads first: the start token, and what the caller gives behind it. */
function starts(rules: PromptRules, input: TokenInput | undefined, start: number | null | undefined, rows: number) {
  const where = `${rules.architecture}.generate`;
  if (input === undefined) {
    if (start == null)
      throw new ConfigError(`${where}: decoderStartTokenId or bosTokenId must be set, got neither`, {
        field: 'decoderStartTokenId',
      });
    return Array.from({ length: rows }, () => [start]);
  }
  const given = checkedRows(rules, 'decoderInputIds', input);
  if (given.length !== rows)
    throw new DataError(`${where}: decoderInputIds must be one row per input, got ${given.length} for ${rows}`);
  // As in Python: what does not begin with the start token gets it.
  return given.map((ids) => (start == null || ids[0] === start ? ids : [start, ...ids]));
}

/** Prompts of an encoder-decoder: sources, and what the decoder begins with. @throws DataError, ConfigError @internal */
export function sourcePrompts(
  rules: PromptRules,
  inputs: PromptInputs,
  startTokenId: number | null | undefined,
): Prompt[] {
  const sources = maskedRows(rules, inputs);
  const begins = starts(rules, inputs.decoderInputIds, startTokenId, sources.length);
  return sources.map(({ ids, mask }, row) => {
    const where = `${rules.architecture}.generate`;
    if (ids.length === 0) throw new DataError(`${where}: a source must have a token, got none in row ${row}`, { row });
    if (ids.length > rules.longestSource)
      throw new DataError(
        `${where}: a source must have at most ${rules.longestSource} tokens, got ${ids.length} in row ${row}`,
        { row, length: ids.length, maxPositions: rules.longestSource },
      );
    const isHidden = mask.includes(0);
    return { tokens: begins[row]!, source: { inputIds: ids, ...(isHidden && { attentionMask: mask }) } };
  });
}
