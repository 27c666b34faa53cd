/** As many digits as tell a 32-bit number from its neighbours. */
const DIGITS = 9;

/** Numbers as JSON has them. @internal */
export function plainNumbers(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(DIGITS)));
}
