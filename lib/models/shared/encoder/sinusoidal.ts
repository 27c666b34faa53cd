/**
 * Position embeddings of sines (even features) and cosines (odd ones), row-major (rows, features).
 * Source: Vaswani et al., Attention Is All You Need (2017), section 3.5.
 * @internal
 */
export function sinusoidalPositions(rows: number, features: number): Float32Array {
  const values = new Float32Array(rows * features);
  for (let feature = 0; feature < features; feature++) {
    const rate = 10000 ** (-(2 * Math.floor(feature / 2)) / features);
    const wave = feature % 2 === 0 ? Math.sin : Math.cos;
    for (let row = 0; row < rows; row++) values[row * features + feature] = wave(row * rate);
  }
  return values;
}
