import type { LengthBounds } from '../options.js';
import type { LogitsProcessor } from '../options.js';

function forbid(scores: Float32Array, ids: readonly number[]): void {
  for (const id of ids) if (id < scores.length) scores[id] = -Infinity;
}

/** Forbids tokens at every place. @internal */
export function suppressed(ids: readonly number[]): LogitsProcessor {
  return (_, scores) => forbid(scores, ids);
}

/** Forbids tokens at one place. @internal */
export function suppressedAt(place: number, ids: readonly number[]): LogitsProcessor {
  return (tokens, scores) => void (tokens.length === place && forbid(scores, ids));
}

/** Forbids tokens before a place. @internal */
export function suppressedBefore(place: number, ids: readonly number[]): LogitsProcessor {
  return (tokens, scores) => void (tokens.length < place && forbid(scores, ids));
}

/** Leaves nothing else at a place. @internal */
export function forcedAt(place: number, ids: readonly number[]): LogitsProcessor {
  return (tokens, scores) => {
    if (tokens.length !== place) return;
    scores.fill(-Infinity);
    for (const id of ids) scores[id] = 0;
  };
}

/** The place of the token that fills a row up. @internal */
export function lastPlace({ max }: LengthBounds): number {
  return max - 1;
}
