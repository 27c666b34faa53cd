import { max, quantileSorted } from 'simple-statistics';

/** Times of the last 1,024 texts, in milliseconds; 0 while there are none. */
export interface LatencySummary {
  p50: number;
  p99: number;
  max: number;
}

/** What a pipeline is doing and has done. Rates are those of the last ten seconds, counts those since it was made. */
export interface PipelineStats {
  /** Texts that were accepted and of which no batch holds a part yet, those being tokenized among them. */
  queued: number;
  /** Texts that are in a batch. */
  running: number;
  /** Calls that have not ended. */
  callers: number;
  /** Texts with a result. */
  completed: number;
  /** Texts that ended with an error. */
  failed: number;
  /** Texts whose caller left before their result: aborted, or stopped after another text's error. */
  cancelled: number;
  /** Calls refused with QueueFullError. */
  rejected: number;
  /** Batches computed. */
  batches: number;
  /** Batches, and halves of them, that failed and were computed again by halves: a bad text, or too little memory. */
  halved: number;
  /** Tokens computed. */
  tokens: number;
  tokensPerSecond: number;
  textsPerSecond: number;
  /** Share of the time in which a batch was under way, 0 to 1. */
  utilization: number;
  /** Tokens of a batch, on average since the start. */
  meanBatchTokens: number;
  /** Texts, or windows of texts, in a batch, on average since the start. */
  meanBatchRows: number;
  /** From a text's acceptance to its result. */
  latencyMs: LatencySummary;
  /** From a text's acceptance to the start of its first batch. */
  waitMs: LatencySummary;
}

const WINDOW_SECONDS = 10;
const SAMPLES = 1024;

/** What happened in one second. */
interface Second {
  index: number;
  tokens: number;
  texts: number;
  busyMs: number;
}

/** The newest samples of a time. */
class Latencies {
  readonly #samples = new Float64Array(SAMPLES);
  #count = 0;

  add(ms: number): void {
    this.#samples[this.#count++ % SAMPLES] = ms;
  }

  get summary(): LatencySummary {
    if (this.#count === 0) return { p50: 0, p99: 0, max: 0 };
    const sorted = [...this.#samples.slice(0, Math.min(this.#count, SAMPLES)).sort()];
    return { p50: quantileSorted(sorted, 0.5), p99: quantileSorted(sorted, 0.99), max: max(sorted) };
  }
}

/** Counts what a batcher does. Times are those of `performance.now()`. @internal */
export class BatchStats {
  readonly #start: number;
  readonly #seconds: Second[] = [];
  readonly #latencies = new Latencies();
  readonly #waits = new Latencies();
  readonly #now: () => number;
  queued = 0;
  running = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  rejected = 0;
  halved = 0;
  #batches = 0;
  #rows = 0;
  #tokens = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#start = now();
  }

  /** A task's first row went into a batch. */
  started(acceptedAt: number): void {
    this.queued -= 1;
    this.running += 1;
    this.#waits.add(this.#now() - acceptedAt);
  }

  /** A task got its results. */
  finished(acceptedAt: number): void {
    this.completed += 1;
    this.#latencies.add(this.#now() - acceptedAt);
    this.#second.texts += 1;
  }

  /** A batch was computed. */
  computed({ tokens, rows, ms }: { tokens: number; rows: number; ms: number }): void {
    this.#batches += 1;
    this.#rows += rows;
    this.#tokens += tokens;
    this.#second.tokens += tokens;
    this.#second.busyMs += ms;
  }

  /** @param callers calls that have not ended */
  summary(callers: number): PipelineStats {
    const { queued, running, completed, failed, cancelled, rejected, halved } = this;
    const now = this.#now();
    const oldest = Math.floor(now / 1e3) - WINDOW_SECONDS;
    const recent = this.#seconds.filter(({ index }) => index > oldest);
    const seconds = Math.max(1e-3, Math.min((now - this.#start) / 1e3, now / 1e3 - (oldest + 1)));
    const sum = (pick: (second: Second) => number): number => recent.reduce((total, each) => total + pick(each), 0);
    const perBatch = (count: number): number => (this.#batches === 0 ? 0 : count / this.#batches);
    return {
      ...{ queued, running, callers, completed, failed, cancelled, rejected, halved },
      batches: this.#batches,
      tokens: this.#tokens,
      tokensPerSecond: sum(({ tokens }) => tokens) / seconds,
      textsPerSecond: sum(({ texts }) => texts) / seconds,
      utilization: Math.min(1, sum(({ busyMs }) => busyMs) / 1e3 / seconds),
      meanBatchTokens: perBatch(this.#tokens),
      meanBatchRows: perBatch(this.#rows),
      latencyMs: this.#latencies.summary,
      waitMs: this.#waits.summary,
    };
  }

  /** The running second's counts. */
  get #second(): Second {
    const index = Math.floor(this.#now() / 1e3);
    const last = this.#seconds.at(-1);
    if (last?.index === index) return last;
    const fresh = { index, tokens: 0, texts: 0, busyMs: 0 };
    this.#seconds.push(fresh);
    if (this.#seconds.length > WINDOW_SECONDS) this.#seconds.shift();
    return fresh;
  }
}
