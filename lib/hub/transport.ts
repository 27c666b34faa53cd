import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort, throwIfAborted, toAbortError } from '../util/abort.js';
import { HubError } from '../util/errors.js';
import { packageVersion } from '../util/package_info.js';
import type { HubSettings } from './settings.js';

/** What is asked of a server. @internal */
export interface Question {
  url: string;
  method?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | undefined;
}

/** A server's answer: its head, and its body piece by piece. @internal */
export interface Answer {
  status: number;
  /** Of the last server. */
  headers: Headers;
  /** Of the hub itself, which may have sent us on. */
  hubHeaders: Headers;
  /** Read to its end or dropped, by whoever gets the answer. @throws NetworkTrouble when it breaks off or falls silent */
  body(): AsyncGenerator<Uint8Array, void, undefined>;
  drop(): void;
}

/** A connection that could not be made, broke or fell silent: another try may do. @internal */
export class NetworkTrouble extends Error {}

const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 10;
const FIRST_WAIT_MS = 200;
/** Longest wait that a server may ask for. */
const LONGEST_WAIT_MS = 60_000;
/** Tries of one question. @internal */
export const ATTEMPTS = 6;

function troubleOf(error: unknown, host: string): NetworkTrouble {
  const { cause = error } = error as Error;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new NetworkTrouble(`${code ?? message} from ${host}`, { cause: error });
}

/** How long a server asks to be left alone, in milliseconds. */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const wait = /^\d+$/.test(text.trim()) ? Number(text) * 1e3 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

/** HTTP with patience and bounds: passing troubles are tried again, silence ends, the token stays with the hub. @internal */
export class Transport {
  readonly #where: string;
  readonly #settings: HubSettings;
  readonly #signal: AbortSignal | undefined;

  constructor(where: string, settings: HubSettings, signal: AbortSignal | undefined) {
    this.#where = where;
    this.#settings = settings;
    this.#signal = signal;
  }

  /**
   * What is read of the answer that is no passing trouble, or of the last try's.
   * @throws NetworkTrouble when no server answers, HubError for an answer that leads astray, AbortError
   */
  async ask<T>(question: Question, attempts: number, read: (answer: Answer) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#follow(question);
        const isLast = attempt >= attempts || !PASSING.has(answer.status);
        const wait = retryAfterMs(answer.headers) ?? this.waitOf(attempt);
        if (isLast || wait > LONGEST_WAIT_MS) return await read(answer);
        answer.drop();
        await this.pause(wait);
      } catch (error) {
        if (!(error instanceof NetworkTrouble) || attempt >= attempts) throw error;
        await this.pause(this.waitOf(attempt));
      }
    }
  }

  /** Time before another try, twice that before the last one. */
  waitOf(attempt: number): number {
    return FIRST_WAIT_MS * 2 ** (attempt - 1);
  }

  /** @throws AbortError */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, this.#signal && { signal: this.#signal }).catch(() => undefined);
    throwIfAborted(this.#signal, this.#where);
  }

  /** Sends a question, to wherever the answers point. */
  async #follow(question: Question): Promise<Answer> {
    let asked = question;
    let hubHeaders: Headers | undefined;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const answer = await this.#send(asked);
      hubHeaders ??= answer.headers;
      if (!REDIRECTS.has(answer.status)) return { ...answer, hubHeaders };
      answer.drop();
      asked = this.#redirected(asked, answer);
      // Within the hub: a repository that was renamed, whose answer is the one that counts.
      if (this.#isHub(asked.url)) hubHeaders = undefined;
    }
    throw this.#astray(question, `more than ${MOST_REDIRECTS} redirects`);
  }

  #redirected(asked: Question, { status, headers }: Answer): Question {
    const location = headers.get('location') ?? '';
    const from = new URL(asked.url);
    const to = location !== '' && URL.canParse(location, asked.url) ? new URL(location, from) : undefined;
    const isWeb = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
    if (to === undefined || !isWeb) throw this.#astray(asked, `a redirect to ${JSON.stringify(location.slice(0, 80))}`);
    const keepsMethod = status >= 307 || (asked.method ?? 'GET') === 'GET';
    const { headers: kept } = asked;
    return keepsMethod ? { ...asked, url: to.href } : { url: to.href, headers: kept };
  }

  async #send({ url, method = 'GET', headers, body }: Question): Promise<Answer> {
    const { timeoutMs, token } = this.#settings;
    throwIfAborted(this.#signal, this.#where);
    const { host } = new URL(url);
    const controller = new AbortController();
    const stopListening = onAbort(this.#signal, () => controller.abort());
    const silence = () => controller.abort(new NetworkTrouble(`nothing for ${timeoutMs / 1e3} s from ${host}`));
    let timer = setTimeout(silence, timeoutMs);
    const stir = () => {
      clearTimeout(timer);
      timer = setTimeout(silence, timeoutMs);
    };
    const end = () => {
      clearTimeout(timer);
      stopListening();
    };
    const failed = (error: unknown): unknown => {
      end();
      if (this.#signal?.aborted) return toAbortError(this.#signal, this.#where);
      const { reason } = controller.signal as { reason: unknown };
      return reason instanceof NetworkTrouble ? reason : troubleOf(error, host);
    };
    const response = await fetch(url, {
      method,
      headers: {
        'user-agent': `gridstride/${packageVersion()}`,
        // Sizes and ranges are those of the file itself.
        'accept-encoding': 'identity',
        ...headers,
        ...(token !== undefined && this.#isHub(url) && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: controller.signal,
    }).catch((error: unknown) => {
      throw failed(error);
    });
    const drop = () => {
      end();
      controller.abort();
    };
    async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
          stir();
          yield piece;
          stir();
        }
      } catch (error) {
        throw failed(error);
      } finally {
        drop();
      }
    }
    stir();
    return { status: response.status, headers: response.headers, hubHeaders: response.headers, body: pieces, drop };
  }

  #isHub(url: string): boolean {
    return new URL(url).origin === new URL(this.#settings.endpoint).origin;
  }

  #astray({ url }: Question, got: string): HubError {
    return new HubError(`${this.#where}: the hub must lead to a file, got ${got}`, { url });
  }
}
