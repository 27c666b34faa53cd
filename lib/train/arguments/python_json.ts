/** Object keys by a rule, at every depth. */
function renameKeys(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), renameKeys(item, rename)]));
}

/** `evalF1Macro` -> `eval_f1_macro`. @internal */
export function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `eval_f1_macro` -> `evalF1Macro`. @internal */
export function camelName(name: string): string {
  return name.replace(/(?<=.)_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Object keys in Python's spelling, as Hugging Face's tools read them. @internal */
export function snakeKeys(value: unknown): unknown {
  return renameKeys(value, snakeName);
}

/** The reverse of {@link snakeKeys}. @internal */
export function camelKeys(value: unknown): unknown {
  return renameKeys(value, camelName);
}

/** `value` with its keys in alphabetical order at every depth, as Python's `sort_keys`. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** JSON as Python's Trainer writes it: keys in its spelling and in order. @internal */
export function pythonJson(value: unknown, indent = 2): string {
  return JSON.stringify(sorted(snakeKeys(value)), null, indent);
}
