/**
 * A value of a binary format as rows have it: 64-bit integers become numbers where those are exact, typed arrays of
 * numbers lists; what holds others is walked.
 * @internal
 */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  // Arrow's lists, maps and structs.
  if ('toJSON' in value && typeof value.toJSON === 'function') return plainValue((value.toJSON as () => unknown)());
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plainValue);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainValue(item)]));
}
