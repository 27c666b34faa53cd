import type { CachePart } from '../model.js';
import { isComplete, type Sequence } from '../sequence.js';

/** Python's stand-in for minus infinity: sums with it keep their order. */
const NOWHERE = -1e9;

/** A beginning of a row that is searched on. @internal */
export interface Beam {
  tokens: readonly number[];
  /** Sum of the log-probabilities of what was written. */
  score: number;
  cache: CachePart;
}

/** A word to follow a beam. @internal */
export interface Candidate {
  beam: number;
  token: number;
  score: number;
}

interface Finished {
  tokens: readonly number[];
  score: number;
}

/**
 * The search for one prompt, in step with Python's: of the best continuations those that end compete for the places of
 * the finished ones, the others go on.
 * @internal
 */
export class BeamGroup {
  readonly row: Sequence;
  beams: Beam[];
  isDone = false;
  #finished: Finished[] = [];

  /** @param cache where the prompt is read to; the group's from here on */
  constructor(row: Sequence, cache: CachePart) {
    this.row = row;
    this.beams = [{ tokens: row.tokens, score: 0, cache }];
  }

  /** Makes as many beams as are asked, once the prompt is read: only the first one counts. */
  share(): void {
    const [first] = this.beams as [Beam];
    for (let i = 1; i < this.row.settings.numBeams; i++)
      this.beams.push({ ...first, score: NOWHERE, cache: first.cache.fork() });
  }

  /** Continuations to look at: enough that as many as there are beams do not end. */
  get width(): number {
    const { ends, numBeams } = this.row.settings;
    return Math.max(2, 1 + ends.length) * numBeams;
  }

  /** Takes in the best continuations, the best first. @throws whatever a criterion of the caller's throws */
  advance(candidates: readonly Candidate[]): void {
    const { numBeams } = this.row.settings;
    const grown = candidates.map(({ beam, token, score }) => {
      const tokens = [...this.beams[beam]!.tokens, token];
      return { beam, tokens, score, ends: isComplete(tokens, this.row) };
    });
    this.#finish(grown.slice(0, numBeams).filter(({ ends }) => ends));
    const next = grown.filter(({ ends }) => !ends).slice(0, numBeams);
    const before = this.beams;
    this.beams = next.map(({ beam, tokens, score }) => ({ tokens, score, cache: before[beam]!.cache.fork() }));
    for (const { cache } of before) cache.dispose();
    if (next.length === 0 || !this.#canImprove()) this.release();
  }

  /** The best rows, the best first. */
  get results(): readonly Finished[] {
    return this.#finished.slice(0, this.row.settings.numReturnSequences);
  }

  /** Ends the search. */
  release(): void {
    this.isDone = true;
    for (const { cache } of this.beams) cache.dispose();
    this.beams = [];
  }

  #finish(ended: readonly Finished[]): void {
    const { lengthPenalty, numBeams } = this.row.settings;
    const scored = ended.map(({ tokens, score }) => {
      const length = tokens.length - this.row.prompt;
      return { tokens, score: score / length ** lengthPenalty };
    });
    // The sort is stable: of equal ones the earlier stays.
    this.#finished = [...this.#finished, ...scored].sort((a, b) => b.score - a.score).slice(0, numBeams);
  }

  /** Whether a beam may yet be better than the worst finished row, by Python's estimate. */
  #canImprove(): boolean {
    const { earlyStopping, lengthPenalty, numBeams } = this.row.settings;
    if (this.#finished.length < numBeams) return true;
    if (earlyStopping === true) return false;
    const [best] = this.beams as [Beam];
    const longest = earlyStopping === 'never' && lengthPenalty > 0 ? this.row.bounds.max : best.tokens.length;
    const possible = best.score / (longest - this.row.prompt) ** lengthPenalty;
    return possible > this.#finished.at(-1)!.score;
  }
}
