import { z } from 'zod';

const isId = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** A token's id in config.json, or none. @internal */
export function tokenId() {
  return z.custom<number | null>((value) => value === null || isId(value), 'must be a token id or null');
}

/** A token's id in config.json, several of them, or none. @internal */
export function tokenIds() {
  return z.custom<number | number[] | null>(
    (value) => value === null || isId(value) || (Array.isArray(value) && value.length > 0 && value.every(isId)),
    'must be a token id, a list of them or null',
  );
}
