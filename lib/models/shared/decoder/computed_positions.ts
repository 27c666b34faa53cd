import { sinusoidalPositions } from '../encoder/sinusoidal.js';

/**
 * Position embeddings of sines in the first half of the features and cosines in the second, row-major (rows, features):
 * Marian's order of {@link sinusoidalPositions}.
 * @internal
 */
export function halvedPositions(rows: number, features: number): Float32Array {
  const interleaved = sinusoidalPositions(rows, features);
  const sines = Math.ceil(features / 2);
  return interleaved.map((_, i) => {
    const [row, feature] = [Math.floor(i / features), i % features];
    const from = feature < sines ? 2 * feature : 2 * (feature - sines) + 1;
    return interleaved[row * features + from]!;
  });
}
