import { processed, processorsOf, warpersOf } from './processors/index.js';
import type { CachePart, GeneratingModel, Prompt, SourceRow } from './model.js';
import { boundsOf, type GenerationSettings, type LengthBounds, type LogitsProcessor } from './options.js';
import { endsWithStop } from './stop_strings.js';

/** Counters of Philox that a row's stream has. */
const STREAM = 2 ** 32;

/** Where a row's random numbers come from: counter `base` + its own step, of a seed. @internal */
export interface RandomPlace {
  seed: number;
  counter: number;
}

/** The stream of a call's row: of a seed of its own, or one of several of the call's. @internal */
export function streamOf(seeds: GenerationSettings['seeds'], row: number): RandomPlace {
  return typeof seeds === 'number' ? { seed: seeds, counter: row * STREAM } : { seed: seeds[row]!, counter: 0 };
}

/** A row that is being written. @internal */
export class Sequence {
  /** The prompt and what was written. */
  readonly tokens: number[];
  readonly prompt: number;
  /** Which row of its call it is. */
  readonly index: number;
  readonly bounds: LengthBounds;
  readonly settings: GenerationSettings;
  readonly source: SourceRow | undefined;
  /** Per step, what its token was chosen from, and what the model gave. */
  readonly scores: Float32Array[] = [];
  readonly logits: Float32Array[] = [];
  /** Absent before its first step, and when it was given back. */
  cache: CachePart | undefined;
  /** Whether its last token was written. */
  hasEnded = false;
  readonly #stream: RandomPlace;
  readonly #processors: readonly LogitsProcessor[];
  readonly #warpers: readonly LogitsProcessor[];

  constructor(model: GeneratingModel, settings: GenerationSettings, prompt: Prompt, index: number) {
    this.settings = settings;
    this.tokens = [...prompt.tokens];
    this.prompt = prompt.tokens.length;
    this.source = prompt.source;
    this.index = index;
    this.bounds = boundsOf(model, settings, this.prompt);
    this.#stream = streamOf(settings.seeds, index);
    this.#processors = processorsOf(settings, { prompt: this.prompt, bounds: this.bounds });
    this.#warpers = warpersOf(settings);
  }

  /** Whether its scores are changed, or wanted, on the host. */
  get needsScores(): boolean {
    const { outputScores, outputLogits, typicalP, doSample } = this.settings;
    return this.#processors.length > 0 || outputScores || outputLogits || (doSample && typicalP < 1);
  }

  /** Where the next token's random number stands. */
  get place(): RandomPlace {
    const { seed, counter } = this.#stream;
    return { seed, counter: counter + this.tokens.length - this.prompt };
  }

  /** What it reads next. */
  get unread(): readonly number[] {
    return this.cache === undefined || this.cache.length === 0 ? this.tokens : this.tokens.slice(-1);
  }

  /**
   * The scores (V) that its next token is chosen from.
   * @throws whatever a processor of the caller's throws
   */
  process(logits: Float32Array): Float32Array {
    const { outputLogits, outputScores } = this.settings;
    if (outputLogits) this.logits.push(Float32Array.from(logits));
    const scores = processed([...this.#processors, ...this.#warpers], this.tokens, logits);
    if (outputScores) this.scores.push(Float32Array.from(scores));
    return scores;
  }

  /** Adds a token. @returns whether it was the last @throws whatever a criterion of the caller's throws */
  push(token: number): boolean {
    this.tokens.push(token);
    return (this.hasEnded = isComplete(this.tokens, this));
  }

  /** Gives its part of the cache back. */
  release(): void {
    this.cache?.dispose();
    this.cache = undefined;
  }
}

/** Whether a row ends with its last token. @internal */
export function isComplete(
  tokens: readonly number[],
  { bounds, settings, prompt }: Pick<Sequence, 'bounds' | 'settings' | 'prompt'>,
): boolean {
  const { ends, stops, tokenizer, stoppingCriteria } = settings;
  return (
    tokens.length >= bounds.max ||
    ends.includes(tokens.at(-1)!) ||
    (stops.length > 0 && endsWithStop(tokens, stops, tokenizer!, prompt)) ||
    stoppingCriteria.some((isLast) => isLast(tokens))
  );
}
