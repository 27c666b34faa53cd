import { FormatFault } from './fault.js';
import { plainNumber } from './pickle_cursor.js';
import type { PickleMachine } from './pickle_machine.js';
import { PickleObject, type PickleValue } from './pickle_values.js';

/** Ends a pickle. */
export const STOP = 0x2e;

const MAX_PROTOCOL = 5;

function isKey(value: PickleValue): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

function checkKey(key: PickleValue): void {
  if (!isKey(key)) throw new FormatFault('keys of dicts and items of sets must be text or numbers, got another value');
}

function setItems(map: PickleValue, items: readonly PickleValue[]): void {
  if (!(map instanceof Map)) throw new FormatFault('only dicts take items by key, got another value');
  if (items.length % 2 !== 0) throw new FormatFault('dicts must have a value for each key, got a key alone');
  for (let i = 0; i < items.length; i += 2) {
    checkKey(items[i]);
    map.set(items[i], items[i + 1]);
  }
}

function addAll<T extends Set<PickleValue>>(set: PickleValue, items: readonly PickleValue[]): T {
  if (!(set instanceof Set)) throw new FormatFault('only sets take items without order, got another value');
  for (const item of items) {
    checkKey(item);
    set.add(item);
  }
  return set as T;
}

/** A number in decimal digits, as protocols 0 and 1 write it. */
function parseDecimal(line: string): number | bigint {
  if (/^-?\d{1,80}L?$/.test(line)) return plainNumber(BigInt(line.replace('L', '')));
  throw new FormatFault(`whole numbers must be decimal digits, got ${JSON.stringify(line.slice(0, 40))}`);
}

function parseFloatText(line: string): number {
  if (/^-?(\d+\.?\d*(e[+-]?\d+)?|inf|nan)$/i.test(line))
    return Number(line.replace('inf', 'Infinity').replace('-nan', 'nan'));
  throw new FormatFault(`numbers must be decimal, got ${JSON.stringify(line.slice(0, 40))}`);
}

/** Text in which all but Latin-1 is escaped. */
function parseEscaped(line: string): string {
  return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short: string | undefined, long: string) => {
    const code = parseInt(short ?? long, 16);
    if (code > 0x10ffff) throw new FormatFault(`text must hold code points, got U+${code.toString(16)}`);
    return String.fromCodePoint(code);
  });
}

function protocol(m: PickleMachine): void {
  const version = m.cursor.u8();
  if (version > MAX_PROTOCOL)
    throw new FormatFault(`the pickle protocol must be at most ${MAX_PROTOCOL}, got ${version}`);
}

function globalOf(module: PickleValue, name: PickleValue): string {
  if (typeof module === 'string' && typeof name === 'string') return `${module}.${name}`;
  throw new FormatFault('globals must be named by two texts, got another value');
}

/** `object.__setstate__`: attributes of containers are dropped, objects of the host take theirs. */
function build(m: PickleMachine): void {
  const state = m.pop();
  const object = m.top();
  if (object instanceof PickleObject) object.setState(state);
  else if (!(object instanceof Map)) throw new FormatFault('only dicts may have attributes, got another value');
}

function reduce(m: PickleMachine): void {
  const args = m.popTuple();
  m.call(m.pop(), args);
}

function tupleOf(count: number): (m: PickleMachine) => void {
  return (m) => {
    const items = Array.from({ length: count }, () => m.pop());
    m.pushObject(items.reverse());
  };
}

type Execute = (m: PickleMachine) => void;

const BY_LETTER: Readonly<Record<string, Execute>> = {
  '(': (m) => m.mark(),
  '0': (m) => m.drop(),
  '1': (m) => void m.popMark(),
  '2': (m) => m.push(m.top()),
  N: (m) => m.push(null),
  I: (m) => {
    const line = m.cursor.line();
    m.push(line === '01' ? true : line === '00' ? false : parseDecimal(line));
  },
  L: (m) => m.push(parseDecimal(m.cursor.line())),
  F: (m) => m.push(parseFloatText(m.cursor.line())),
  V: (m) => m.push(parseEscaped(m.cursor.line('latin1'))),
  J: (m) => m.push(m.cursor.i32()),
  K: (m) => m.push(m.cursor.u8()),
  M: (m) => m.push(m.cursor.u16()),
  G: (m) => m.push(m.cursor.f64()),
  U: (m) => m.push(m.cursor.text(m.cursor.u8())),
  T: (m) => m.push(m.cursor.text(m.cursor.u32())),
  X: (m) => m.push(m.cursor.text(m.cursor.u32())),
  B: (m) => m.pushObject(m.cursor.bytes(m.cursor.u32())),
  C: (m) => m.pushObject(m.cursor.bytes(m.cursor.u8())),
  ')': tupleOf(0),
  t: (m) => m.pushObject(m.popMark()),
  ']': (m) => m.pushList([]),
  l: (m) => m.pushList(m.popMark()),
  a: (m) => {
    const item = m.pop();
    m.topList().push(item);
  },
  e: (m) => {
    const items = m.popMark();
    const list = m.topList();
    for (const item of items) list.push(item);
  },
  '}': (m) => m.pushObject(new Map()),
  d: (m) => {
    const map = new Map();
    setItems(map, m.popMark());
    m.pushObject(map);
  },
  s: (m) => {
    const value = m.pop();
    const key = m.pop();
    setItems(m.top(), [key, value]);
  },
  u: (m) => {
    const items = m.popMark();
    setItems(m.top(), items);
  },
  c: (m) => m.pushGlobal(globalOf(m.cursor.line(), m.cursor.line())),
  R: reduce,
  b: build,
  Q: (m) => m.pushPersistent(m.pop()),
  p: (m) => void m.memo.set(Number(parseDecimal(m.cursor.line())), m.top()),
  q: (m) => void m.memo.set(m.cursor.u8(), m.top()),
  r: (m) => void m.memo.set(m.cursor.u32(), m.top()),
  g: (m) => m.recall(Number(parseDecimal(m.cursor.line()))),
  h: (m) => m.recall(m.cursor.u8()),
  j: (m) => m.recall(m.cursor.u32()),
};

const BY_NUMBER: Readonly<Record<number, Execute>> = {
  0x80: protocol,
  0x85: tupleOf(1),
  0x86: tupleOf(2),
  0x87: tupleOf(3),
  0x88: (m) => m.push(true),
  0x89: (m) => m.push(false),
  0x8a: (m) => m.push(m.cursor.integer(m.cursor.u8())),
  0x8b: (m) => m.push(m.cursor.integer(m.cursor.u32())),
  0x8c: (m) => m.push(m.cursor.text(m.cursor.u8())),
  0x8d: (m) => m.push(m.cursor.text(m.cursor.u64())),
  0x8e: (m) => m.pushObject(m.cursor.bytes(m.cursor.u64())),
  0x8f: (m) => m.pushObject(new Set()),
  0x90: (m) => {
    const items = m.popMark();
    addAll(m.top(), items);
  },
  0x91: (m) => m.pushObject(addAll(new Set(), m.popMark())),
  0x93: (m) => {
    const name = m.pop();
    m.pushGlobal(globalOf(m.pop(), name));
  },
  0x94: (m) => void m.memo.set(m.memo.size, m.top()),
  // The length of a frame is advice for buffering.
  0x95: (m) => void m.cursor.u64(),
  0x96: (m) => m.pushObject(m.cursor.bytes(m.cursor.u64())),
};

const NAMES: Readonly<Record<number, string>> = {
  0x50: 'PERSID',
  0x53: 'STRING',
  0x69: 'INST',
  0x6f: 'OBJ',
  0x81: 'NEWOBJ',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x92: 'NEWOBJ_EX',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
};

/** By code; undefined for what makes objects of classes, and for what is no opcode. */
export const OPCODES: readonly (Execute | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => BY_NUMBER[code] ?? BY_LETTER[String.fromCharCode(code)],
);

/** An opcode that is not in {@link OPCODES}, for messages. */
export function opcodeName(code: number): string {
  const hex = `0x${code.toString(16).padStart(2, '0')}`;
  return NAMES[code] === undefined ? hex : `${NAMES[code]} (${hex})`;
}
