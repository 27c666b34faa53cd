const SHOWN_LENGTH = 80;
const SHOWN_DEPTH = 4;

/** Like JSON, of `room` characters or a little more, and of some levels only: a value may be endless in either way. */
function render(value: unknown, room: number, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value !== 'object' || value === null) return String(value).slice(0, room);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (depth === 0) return `${open}...${close}`;
  let text = open!;
  for (const key of Object.keys(value)) {
    if (text.length > room) break;
    if (text !== open) text += ',';
    if (open === '{') text += `${JSON.stringify(key.slice(0, room))}:`;
    text += render((value as Record<string, unknown>)[key], Math.max(room - text.length, 0), depth - 1);
  }
  return text + close!;
}

/** A value as an error's text shows it. @internal */
export function shown(value: unknown): string {
  const text = render(value, SHOWN_LENGTH, SHOWN_DEPTH);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 3)}...` : text;
}
