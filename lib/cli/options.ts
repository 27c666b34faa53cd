import { InvalidArgumentError } from 'commander';

/**
 * Reads a whole number of at least `least` from the command line.
 * @internal
 */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`must be an integer from ${least}.`);
  };
}
