import type { LoopPacer } from '../../util/yield.js';
import { FormatFault } from './fault.js';
import type { PickleCursor } from './pickle_cursor.js';
import { OPCODES, opcodeName, STOP } from './pickle_opcodes.js';
import { PickleGlobal, type PickleHost, type PickleValue } from './pickle_values.js';

/** Longest pickle that is read, in bytes. */
export const MAX_PICKLE_BYTES = 64 << 20;
const MAX_OPCODES = 1 << 22;
/** Containers and objects made: each takes more memory than its opcode takes bytes. */
const MAX_OBJECTS = 1 << 19;
/** Items of all calls' arguments: the memo lets a pickle hand over one long value again and again. */
const MAX_CALL_ITEMS = 1 << 21;
/** Taken from the stack at once; Python's pickles take a thousand. */
const MAX_MARKED = 1 << 16;
const OPCODES_PER_CHECK = 1024;

/**
 * Reads a pickle without executing anything: of what a pickle can name, only what the host allows by name exists.
 * Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py.
 */
export class PickleMachine {
  readonly cursor: PickleCursor;
  readonly memo = new Map<number, PickleValue>();
  readonly #host: PickleHost;
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at open marks. */
  readonly #marks: number[] = [];
  /** The arrays that opcodes may change: all others are tuples, of which files have many more. */
  readonly #lists = new Set<PickleValue>();
  #objects = 0;
  #callItems = 0;

  constructor(cursor: PickleCursor, host: PickleHost) {
    this.cursor = cursor;
    this.#host = host;
  }

  /**
   * The pickle's value; the cursor is then behind it.
   * @throws {FormatFault} It is malformed, too large, or names what is not allowed.
   */
  async run(pacer: LoopPacer): Promise<PickleValue> {
    for (let count = 1; count <= MAX_OPCODES; count++) {
      if (count % OPCODES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
      const code = this.cursor.u8();
      if (code === STOP) return this.pop();
      const execute = OPCODES[code];
      if (execute === undefined)
        throw new FormatFault(
          `opcodes must be those of plain values, got ${opcodeName(code)} at byte ${this.cursor.at - 1}`,
        );
      execute(this);
    }
    throw new FormatFault(`a pickle must have at most ${MAX_OPCODES} opcodes, got more`);
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  /** Pushes a container or other object. */
  pushObject(value: PickleValue): void {
    if (++this.#objects > MAX_OBJECTS)
      throw new FormatFault(`a pickle must have at most ${MAX_OBJECTS} containers and objects, got more`);
    this.#stack.push(value);
  }

  pushList(items: PickleValue[]): void {
    this.#lists.add(items);
    this.pushObject(items);
  }

  /** The top of the stack; never what lies below a mark. */
  top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0))
      throw new FormatFault(`opcodes must find what they take on the stack, got less at byte ${this.cursor.at - 1}`);
    return this.#stack.at(-1);
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  /** The list on top of the stack, to be added to. */
  topList(): PickleValue[] {
    const list = this.top();
    if (Array.isArray(list) && this.#lists.has(list)) return list;
    throw new FormatFault(`only lists take items, got another value at byte ${this.cursor.at - 1}`);
  }

  /** A tuple from the stack. */
  popTuple(): readonly PickleValue[] {
    const tuple = this.pop();
    if (Array.isArray(tuple) && !this.#lists.has(tuple)) return tuple as PickleValue[];
    throw new FormatFault(`arguments must be a tuple, got another value at byte ${this.cursor.at - 1}`);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** What lies above the last mark, which goes. */
  popMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw new FormatFault(`a mark must be open, got none at byte ${this.cursor.at - 1}`);
    if (this.#stack.length - height > MAX_MARKED)
      throw new FormatFault(
        `opcodes must take at most ${MAX_MARKED} values at once, got ${this.#stack.length - height}`,
      );
    return this.#stack.splice(height);
  }

  /** Takes the mark if it is on top, else the value there. */
  drop(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  recall(index: number): void {
    if (!this.memo.has(index))
      throw new FormatFault(
        `the memo must hold what is read from it, got nothing at ${index}, byte ${this.cursor.at - 1}`,
      );
    this.push(this.memo.get(index));
  }

  pushGlobal(name: string): void {
    const global = this.#host.global(name);
    if (global === undefined)
      throw new FormatFault(`${name.slice(0, 200)} is not allowed: only tensors and plain values are read`, { name });
    this.push(global);
  }

  pushPersistent(id: PickleValue): void {
    this.push(this.#host.persistent(id));
  }

  call(callee: PickleValue, args: readonly PickleValue[]): void {
    if (!(callee instanceof PickleGlobal) || callee.call === undefined) {
      const got = callee instanceof PickleGlobal ? callee.name : 'a value';
      throw new FormatFault(`only what makes tensors and containers may be called, got ${got}`);
    }
    for (const arg of args) this.#callItems += itemsOf(arg);
    if (this.#callItems > MAX_CALL_ITEMS)
      throw new FormatFault(`arguments in a pickle must have at most ${MAX_CALL_ITEMS} items together, got more`);
    this.pushObject(callee.call(args));
  }
}

/** How much work a value is to who goes through it. */
function itemsOf(value: PickleValue): number {
  if (Array.isArray(value) || typeof value === 'string' || value instanceof Uint8Array) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : 1;
}
