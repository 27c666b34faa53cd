import type { Tokenizer } from '@huggingface/tokenizers';
import { Worker } from 'node:worker_threads';
import { toAbortError } from '../../util/abort.js';
import { DisposedError, TokenizerError, UnsupportedOpError } from '../../util/errors.js';
import { workerFile } from '../../util/worker_file.js';
import { assembleRow } from '../assemble.js';
import type { Codec, CodecOptions } from '../codec.js';
import type { FlatRows } from '../encoding.js';
import type { FallbackReply, FallbackRequest, FallbackWorkerData } from './fallback_worker.js';
import { makeOracle, oracleIds } from './oracle.js';
import type { Templates } from '../parts/templates.js';
import type { TokenizerConfig } from '../tokenizer_config.js';
import type { TokenizerFile } from '../tokenizer_file.js';

interface Waiting {
  resolve(reply: FallbackReply): void;
  reject(error: unknown): void;
}

function concatRows(rows: readonly FlatRows[]): FlatRows {
  const join = (pick: (row: FlatRows) => Int32Array): Int32Array => {
    const out = new Int32Array(rows.reduce((size, row) => size + pick(row).length, 0));
    let at = 0;
    for (const row of rows) {
      out.set(pick(row), at);
      at += pick(row).length;
    }
    return out;
  };
  const masked = rows[0]?.specialMask !== undefined;
  const overflows = rows[0]?.rowsOfText !== undefined;
  return {
    lengths: join((row) => row.lengths),
    ...(overflows ? { rowsOfText: join((row) => row.rowsOfText!), newTokens: join((row) => row.newTokens!) } : {}),
    ids: join((row) => row.ids),
    typeIds: join((row) => row.typeIds),
    ...(masked ? { specialMask: join((row) => row.specialMask!) } : {}),
  };
}

/** The pure JavaScript encoder in a worker thread: slower, without offsets, for every kind of tokenizer.json. @internal */
export class FallbackCodec implements Codec {
  readonly #worker: Worker;
  readonly #json: Record<string, unknown>;
  readonly #config: Record<string, unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #templates: Templates | undefined;
  #local: Tokenizer | undefined;
  #calls = 0;
  #isDisposed = false;

  private constructor(json: Record<string, unknown>, config: Record<string, unknown>) {
    this.#json = json;
    this.#config = config;
    const workerData: FallbackWorkerData = { json: JSON.stringify(json), config };
    this.#worker = new Worker(workerFile(import.meta.url, './fallback_worker.js'), { workerData });
    this.#worker.on('message', (reply: FallbackReply) => this.#settle(reply.call, (w) => w.resolve(reply)));
    this.#worker.on('error', (error) => this.#failAll(error));
    this.#worker.on('exit', () => this.#failAll(new DisposedError('tokenizer: its worker thread has ended')));
  }

  /**
   * Starts the worker and waits until it has built the tokenizer.
   * @throws {TokenizerError} The file is of an unknown kind or does not hold together.
   */
  static async load(file: TokenizerFile, config: TokenizerConfig): Promise<FallbackCodec> {
    const codec = new FallbackCodec(file.json, config.json);
    const reply = await codec.#wait(0).catch((error: unknown) => {
      codec.dispose();
      throw new TokenizerError(`tokenizer.json: must load, got ${String(error)}`, {}, { cause: error });
    });
    if ('templates' in reply) codec.#templates = reply.templates;
    return codec;
  }

  encodeSync(text: string, pair: string | undefined, options: CodecOptions): FlatRows {
    this.#check(options);
    const local = this.#oracle();
    const second = pair === undefined ? undefined : oracleIds(local, pair);
    return assembleRow(oracleIds(local, text), second, this.#templates!, options);
  }

  async encode(
    texts: readonly string[],
    pairs: readonly string[] | undefined,
    options: CodecOptions,
    signal?: AbortSignal,
  ): Promise<FlatRows> {
    this.#check(options);
    const call = ++this.#calls;
    const reply = this.#wait(call);
    const abort = (): void => this.#settle(call, (w) => w.reject(toAbortError(signal!, 'tokenizer')));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#worker.postMessage({ call, texts: pairs ? [...texts, ...pairs] : texts } satisfies FallbackRequest);
      const { ids } = (await reply) as { ids: Int32Array[] };
      const rows = texts.map((_, i) => {
        const second = pairs === undefined ? undefined : ids[texts.length + i]!;
        return assembleRow(ids[i]!, second, this.#templates!, options);
      });
      return concatRows(rows);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  decode(tokens: readonly string[]): string {
    if (tokens.length === 0) return '';
    const { decoder } = this.#oracle();
    return decoder === null ? tokens.join(' ') : decoder([...tokens]);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    void this.#worker.terminate();
  }

  #check(options: CodecOptions): void {
    if (this.#isDisposed) throw new DisposedError('tokenizer: already disposed');
    if (!options.offsets && !options.words) return;
    const { type } = this.#json['model'] as { type?: string };
    throw new UnsupportedOpError(
      `tokenizer: offsets and word ids need a tokenizer that is encoded natively, got ${type ?? 'another kind'}`,
      { type },
    );
  }

  #oracle(): Tokenizer {
    return (this.#local ??= makeOracle(this.#json, this.#config));
  }

  /** While a reply is awaited the worker keeps the process alive, and only then. */
  #wait(call: number): Promise<FallbackReply> {
    this.#worker.ref();
    return new Promise<FallbackReply>((resolve, reject) => {
      const checked = (reply: FallbackReply): void => {
        if ('error' in reply) reject(new TokenizerError(`tokenizer: ${reply.error}`));
        else resolve(reply);
      };
      this.#waiting.set(call, { resolve: checked, reject });
    });
  }

  #settle(call: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined) return;
    this.#waiting.delete(call);
    if (this.#waiting.size === 0) this.#worker.unref();
    how(waiting);
  }

  #failAll(error: unknown): void {
    this.#isDisposed = true;
    for (const call of this.#waiting.keys()) this.#settle(call, (waiting) => waiting.reject(error));
  }
}
