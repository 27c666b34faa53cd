import { addon, type NativeTask, typed } from '../native/addon.js';
import { nativeTask } from '../native/task.js';
import type { Codec, CodecOptions } from './codec.js';
import type { FlatRows } from './encoding.js';
import type { NativeFile } from './native_file.js';

/** What native/napi/tokenizer.cc takes to load a tokenizer. */
interface NativeSpec extends NativeFile {
  /** The tokens of the vocabulary, joined. */
  tokens: string;
  /** UTF-16 units of each. */
  lengths: Int32Array;
  ids: Int32Array;
}

interface NativeTokenizer {
  load(spec: NativeSpec): NativeTask<void>;
  /** Writes to `scratch` and returns how much; what does not fit comes as an array of its own. */
  encode(
    text: string,
    pair: string | undefined,
    bits: number,
    maxLength: number,
    stride: number,
    language: number,
    scratch: Int32Array,
  ): number | Int32Array;
  encodeBatch(
    texts: readonly string[],
    pairs: readonly string[] | undefined,
    bits: number,
    maxLength: number,
    stride: number,
    language: number,
  ): NativeTask<Int32Array>;
}

const SCRATCH_SIZE = 4096;

/** The bits of native/napi/tokenizer.h. */
const BITS = {
  addSpecialTokens: 1,
  truncateLeft: 2,
  offsets: 4,
  specialMask: 8,
  words: 16,
  overflow: 32,
  truncationShift: 8,
};

function bitsOf(options: CodecOptions): number {
  return (
    (options.addSpecialTokens ? BITS.addSpecialTokens : 0) |
    (options.truncateLeft ? BITS.truncateLeft : 0) |
    (options.offsets ? BITS.offsets : 0) |
    (options.specialMask ? BITS.specialMask : 0) |
    (options.words ? BITS.words : 0) |
    (options.overflow ? BITS.overflow : 0) |
    (options.truncation << BITS.truncationShift)
  );
}

/** Cuts the native result (the number of rows, then all fields one after another) into views. */
function unpack(flat: Int32Array, texts: number, options: CodecOptions): FlatRows {
  let at = 1;
  const take = (size: number): Int32Array => flat.subarray(at, (at += size));
  const rows = flat[0]!;
  const lengths = take(rows);
  let tokens = 0;
  for (const length of lengths) tokens += length;
  const overflow = options.overflow ? { rowsOfText: take(texts), newTokens: take(rows) } : {};
  const out: FlatRows = { lengths, ...overflow, ids: take(tokens), typeIds: take(tokens) };
  if (options.specialMask) out.specialMask = take(tokens);
  if (options.words) out.words = take(tokens);
  if (options.offsets) out.offsets = take(2 * tokens);
  return out;
}

/** The encoder of native/text. @internal */
export class NativeCodec implements Codec {
  readonly #native: NativeTokenizer;
  readonly #file: NativeFile;
  /** Results of short texts: a typed array for each would cost more than the encoding. */
  readonly #scratch = new Int32Array(SCRATCH_SIZE);

  private constructor(native: NativeTokenizer, file: NativeFile) {
    this.#native = native;
    this.#file = file;
  }

  /**
   * Builds the tables on a native thread.
   * @throws {TokenizerError} The vocabulary gives a token two ids.
   */
  static async load(file: NativeFile, vocabulary: ReadonlyMap<string, number>): Promise<NativeCodec> {
    const { NativeTokenizer } = addon() as unknown as { NativeTokenizer: new () => NativeTokenizer };
    const native = new NativeTokenizer();
    const tokens = [...vocabulary.keys()];
    const spec: NativeSpec = {
      ...file,
      tokens: tokens.join(''),
      lengths: Int32Array.from(tokens, (token) => token.length),
      ids: Int32Array.from(vocabulary.values()),
    };
    await nativeTask('tokenizer', undefined, () => native.load(spec));
    return new NativeCodec(native, file);
  }

  encodeSync(text: string, pair: string | undefined, options: CodecOptions): FlatRows {
    const { maxLength, stride, language } = options;
    const result = typed(() =>
      this.#native.encode(text, pair, bitsOf(options), maxLength, stride, language, this.#scratch),
    );
    return unpack(typeof result === 'number' ? this.#scratch : result, 1, options);
  }

  async encode(
    texts: readonly string[],
    pairs: readonly string[] | undefined,
    options: CodecOptions,
    signal?: AbortSignal,
  ): Promise<FlatRows> {
    const { maxLength, stride, language } = options;
    const flat = await nativeTask('tokenizer', signal, () =>
      this.#native.encodeBatch(texts, pairs, bitsOf(options), maxLength, stride, language),
    );
    return unpack(flat, texts.length, options);
  }

  decode(tokens: readonly string[]): string {
    return this.#file.decoder(tokens).join('');
  }

  dispose(): void {}
}
