// What both scripts of Unicode tables need.

export const MAX_CODE_POINT = 0x10ffff;
export const HANGUL = { first: 0xac00, last: 0xd7a3 };
export const isSurrogate = (c) => c >= 0xd800 && c <= 0xdfff;
export const codePoints = (text) => [...text].map((ch) => ch.codePointAt(0));

/** Items of a C++ array in lines. */
export function wrap(items) {
  const lines = [];
  let line = ' ';
  for (const item of items) {
    if (line.length + item.length + 2 > 119) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${item},`;
  }
  return [...lines, line].join('\n');
}

export const hex = (c) => `0x${c.toString(16)}`;
