/** Deepest nesting taken: far beyond any real file, and far from what recursion over the value can stand. */
const MAX_DEPTH = 500;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/** Found before parsing: the parser stands any depth, but takes minutes and gigabytes for a file of brackets. */
function isTooDeep(text: string): boolean {
  // Whatever is opened must be closed: a shorter text is shallow, or malformed.
  if (text.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) isInString = !isInString;
    else if (isInString) i += c === BACKSLASH ? 1 : 0;
    else if (c === OPEN_LIST || c === OPEN_OBJECT) depth += 1;
    else if (c === CLOSE_LIST || c === CLOSE_OBJECT) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/**
 * The value of a JSON text that nobody vouches for; it is nested at most 500 deep, so that any code may walk it.
 *
 * @param refuse Makes the error thrown, from what was got in place of such a text.
 * @internal
 */
export function parseJson(text: string, refuse: (got: string, cause?: unknown) => Error): unknown {
  if (isTooDeep(text)) throw refuse(`values nested more than ${MAX_DEPTH} deep`);
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's own text differs from version to version.
    const [, position] = / at position (\d+)/.exec((error as Error).message) ?? [];
    throw refuse(position === undefined ? 'malformed text' : `malformed text at position ${position}`, error);
  }
}
