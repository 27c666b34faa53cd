import type { PreTrainedTokenizer, TypedBatchEncoding } from '../../tokenizers/index.js';
import { DataError } from '../../util/errors.js';
import type { TextPair } from './text_input.js';

/** How a call's texts become rows. @internal */
export interface EncodeSettings {
  /** Whether texts lose what is past `maxLength`; of pairs both, or the first alone. */
  truncation: boolean | 'only_first';
  /** Most tokens of a row, special ones included. */
  maxLength: number;
  /** Tokens that a window repeats from the one before; undefined: no windows. */
  stride: number | undefined;
  /** Whether rows tell where their tokens stand in the text. */
  offsets: boolean;
  /** Whether rows tell which word each token is of. */
  words: boolean;
}

/** A row of a batch: a tokenized text or a window of one. @internal */
export interface EncodedRow {
  inputIds: ArrayLike<number>;
  tokenTypeIds?: ArrayLike<number>;
  /** Two UTF-16 indices a token, and which tokens are special; with `offsets`. */
  offsets?: ArrayLike<number>;
  specialTokensMask?: Int32Array;
  /** The word of each token, -1 for special ones; with `words`. */
  wordIds?: ArrayLike<number>;
  /** Tokens of the text that no window before holds: its weight when lengths count. */
  newTokens: number;
  /** What its call wants of the model. */
  wants?: string;
}

/** A text that waits for the next tokenizing. */
interface Request {
  readonly pair: TextPair;
  readonly settings: EncodeSettings;
  resolve(rows: EncodedRow[]): void;
  reject(error: unknown): void;
}

/** A text above it is tokenized by itself: the short ones do not wait for it. */
const LONG_CHARACTERS = 20_000;
/** Most texts that are tokenized together. */
const TOGETHER_TEXTS = 1024;

/**
 * Tokenizes texts of all callers on the engine's threads: those that come in one turn of the event loop, or while others
 * are under way, together, for each trip to another thread costs more than a short text.
 * @internal
 */
export class SharedTextEncoder {
  readonly #tokenizer: PreTrainedTokenizer;
  readonly #where: string;
  #requests: Request[] = [];
  #isWorking = false;

  /** @param where First word of errors' texts. */
  constructor(where: string, tokenizer: PreTrainedTokenizer) {
    this.#where = where;
    this.#tokenizer = tokenizer;
  }

  /**
   * The rows of a text: one, or its windows.
   * @throws {DataError} The text has more tokens than `maxLength`, and is neither truncated nor cut into windows.
   * @throws {TokenizerError} The tokenizer does not take it.
   * @throws {AbortError} The signal fired; it is read for long texts alone.
   */
  async encode(pair: TextPair, settings: EncodeSettings, signal?: AbortSignal): Promise<EncodedRow[]> {
    const { maxLength } = settings;
    const isLong = pair.text.length + (pair.textPair?.length ?? 0) > LONG_CHARACTERS;
    const rows = await (isLong
      ? this.#encodeAll([{ pair, settings }], signal).then(([own]) => own!)
      : new Promise<EncodedRow[]>((resolve, reject) => this.#queue({ pair, settings, resolve, reject })));
    const { length } = rows[0]!.inputIds;
    if (length <= maxLength) return rows;
    const rule = `a text must have at most ${maxLength} tokens`;
    throw new DataError(`${this.#where}: ${rule}, got ${length}; truncate it or give a stride`, { maxLength, length });
  }

  #queue(request: Request): void {
    this.#requests.push(request);
    if (this.#isWorking) return;
    this.#isWorking = true;
    setImmediate(() => void this.#work());
  }

  async #work(): Promise<void> {
    while (this.#requests.length > 0) {
      const groups = new Map<string, Request[]>();
      for (const request of this.#requests.splice(0, TOGETHER_TEXTS)) {
        const { truncation, maxLength, stride, offsets, words } = request.settings;
        const isPair = request.pair.textPair !== undefined;
        const key = [truncation, maxLength, stride, offsets, words, isPair].join();
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [request]);
        else group.push(request);
      }
      const settled = await Promise.all(Array.from(groups.values(), (group) => this.#outcomes(group)));
      // All at once: what came together is to share a batch.
      for (const settle of settled.flat()) settle();
    }
    this.#isWorking = false;
  }

  /** What settles each request. Texts that fail together are tried one by one: an error reaches only the text it is of. */
  async #outcomes(group: readonly Request[]): Promise<(() => void)[]> {
    try {
      const rows = await this.#encodeAll(group);
      return group.map((request, i) => () => request.resolve(rows[i]!));
    } catch (error) {
      if (group.length === 1) return [() => group[0]!.reject(error)];
      const outcomes: (() => void)[] = [];
      for (const request of group) outcomes.push(...(await this.#outcomes([request])));
      return outcomes;
    }
  }

  /** The rows of each text; texts of equal settings, either all pairs or none. */
  async #encodeAll(
    group: readonly Pick<Request, 'pair' | 'settings'>[],
    signal?: AbortSignal,
  ): Promise<EncodedRow[][]> {
    const { truncation, maxLength, stride, offsets, words } = group[0]!.settings;
    const textPair = group[0]!.pair.textPair === undefined ? undefined : group.map(({ pair }) => pair.textPair!);
    const lastText = textPair === undefined ? 'only_first' : 'only_second';
    const encoded = await this.#tokenizer.encodeBatch(
      group.map(({ pair }) => pair.text),
      {
        ...(textPair !== undefined && { textPair }),
        truncation,
        ...(truncation !== false && { maxLength }),
        ...(stride !== undefined && { truncation: lastText, maxLength, stride, returnOverflowingTokens: true }),
        returnAttentionMask: false,
        returnOffsetsMapping: offsets,
        returnSpecialTokensMask: offsets,
        returnWordIds: words,
        typedArrays: true,
        signal,
      },
    );
    const rows = group.map((): EncodedRow[] => []);
    for (let i = 0; i < encoded.inputIds.length; i++) {
      rows[encoded.overflowToSampleMapping?.[i] ?? i]!.push(rowOf(encoded, i));
    }
    return rows;
  }
}

function rowOf(encoded: TypedBatchEncoding, i: number): EncodedRow {
  const { inputIds, tokenTypeIds, offsets, specialTokensMask, wordIds, newTokens } = encoded;
  return {
    inputIds: inputIds[i]!,
    ...(tokenTypeIds !== undefined && { tokenTypeIds: tokenTypeIds[i]! }),
    ...(offsets !== undefined && { offsets: offsets[i]! }),
    ...(specialTokensMask !== undefined && { specialTokensMask: specialTokensMask[i]! }),
    ...(wordIds !== undefined && { wordIds: wordIds[i]! }),
    newTokens: newTokens?.[i] ?? inputIds[i]!.length,
  };
}
