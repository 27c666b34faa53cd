import { ConfigError } from './errors.js';

/**
 * The least number of inserted, deleted or replaced characters between two strings.
 * @internal
 */
export function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * The end of an error's text that offers the nearest known name: ` (did you mean "x"?)`, or nothing when none is near.
 * Letter case, hyphens and underscores do not count as differences, and a known name within `name` is near too.
 * @internal
 */
export function didYouMean(name: string, known: Iterable<string>): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[-_]/g, '');
  const wanted = plain(name.slice(0, 100));
  let nearest: string | undefined;
  let least = Math.min(wanted.length - 1, Math.max(2, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of known) {
    const distance = levenshtein(wanted, plain(candidate));
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  nearest ??= [...known].find((candidate) => candidate.length > 3 && wanted.includes(plain(candidate)));
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

/**
 * Refuses options that nobody reads, with the nearest known name.
 *
 * @param where The function called, first word of the error's text.
 * @throws {ConfigError} There are no options, or one's name is not among the known ones.
 * @internal
 */
export function checkOptionNames(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(`${where}: options must be an object, got ${options === null ? 'null' : typeof options}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new ConfigError(
      `${where}: option must be one of ${known.join(', ')}, got ${name}${didYouMean(name, known)}`,
      {
        option: name,
      },
    );
  }
}
