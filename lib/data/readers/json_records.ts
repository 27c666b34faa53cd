import type { DataError } from '../../util/errors.js';
import type { TextPiece } from './decoder.js';
import type { Found } from './found.js';
import { MAX_RECORD, lengthRule } from './source.js';

/** Where something is in a JSON file: the line, and of an array's elements the number, from 1. @internal */
export interface JsonPlace {
  line: number;
  record?: number | undefined;
}

/** A value being read. */
interface OpenValue {
  /** So far; of one that cannot be used nothing is kept. */
  text: string;
  place: JsonPlace;
  depth: number;
  isInString: boolean;
  isEscaped: boolean;
  isTold: boolean;
}

/**
 * Where a scan stands: before the array, in the object that holds it, among its elements, or behind it. `key`, `colon`
 * and `value` alternate in the object, `element` and `comma` in the array.
 */
type Place = 'start' | 'key' | 'colon' | 'value' | 'next' | 'element' | 'comma' | 'end';

const isSpace = (c: string): boolean => c === ' ' || c === '\n' || c === '\r' || c === '\t';

/**
 * Cuts the elements of one array out of a JSON text that comes in pieces, without parsing them. What surrounds the
 * array is checked as far as its brackets and commas go.
 * @internal
 */
export class JsonRecords {
  readonly #field: string | undefined;
  readonly #refuse: (place: JsonPlace, text: string) => DataError;
  readonly #encodingRule: string;
  #place: Place = 'start';
  #line = 1;
  /** Elements of the array begun by now. */
  #count = 0;
  #value: OpenValue | undefined;
  /** Whether the last key was the field. */
  #isField = false;
  #hasArray = false;
  #isFirst = true;

  constructor(field: string | undefined, encodingRule: string, refuse: (place: JsonPlace, text: string) => DataError) {
    this.#field = field;
    this.#encodingRule = encodingRule;
    this.#refuse = refuse;
  }

  /** The elements that a further piece of text completes; one that cannot be used as soon as that is known. */
  *push({ text: piece, broken }: TextPiece): Generator<Found<string>> {
    let next = 0;
    for (let i = 0; i < piece.length;) {
      while (broken[next]! < i) next += 1;
      if (this.#value !== undefined) {
        const end = this.#scanValue(piece, i);
        const isBroken = next < broken.length && broken[next]! < (end ?? piece.length);
        const fault = this.#faultOf(this.#value, isBroken);
        if (fault !== undefined) yield { value: fault, ...this.#value.place };
        if (end === undefined) return;
        i = end;
        const { text: value, place, isTold } = this.#value;
        this.#value = undefined;
        if (this.#finish(value) && !isTold) yield { value, ...place };
        continue;
      }
      if (broken[next] === i) throw this.#refuse({ line: this.#line }, this.#encodingRule);
      const c = piece[i]!;
      if (c === '\n') this.#line += 1;
      if (isSpace(c)) i += 1;
      else if (this.#step(c)) i += 1;
    }
  }

  /** @throws The array never came, or never ended. */
  end(): void {
    if (this.#place === 'end' && this.#hasArray) return;
    if (this.#field !== undefined && this.#place === 'end')
      throw this.#refuse(
        { line: this.#line },
        `the object must have an array under ${JSON.stringify(this.#field)}, got none`,
      );
    throw this.#refuse(
      { line: this.#line },
      `the file must be whole JSON, got its end too early${this.#count === 0 ? '' : ` (at record ${this.#count})`}`,
    );
  }

  /** What is wrong with the open value, the first time. @throws It is no element of the array. */
  #faultOf(value: OpenValue, isBroken: boolean): DataError | undefined {
    const isLong = value.text.length > MAX_RECORD;
    if (value.isTold || (!isBroken && !isLong)) {
      if (value.isTold) value.text = '';
      return undefined;
    }
    value.isTold = true;
    value.text = '';
    const rule = isBroken ? this.#encodingRule : lengthRule('record');
    const fault = this.#refuse(value.place, rule);
    if (this.#place !== 'element') throw fault;
    return fault;
  }

  /** Takes one character between values; false where a value starts with it. */
  #step(c: string): boolean {
    switch (this.#place) {
      case 'start':
        if (c !== (this.#field === undefined ? '[' : '{')) throw this.#startError(c);
        this.#place = this.#field === undefined ? this.#enterArray() : 'key';
        return true;
      case 'key':
        if (c === '}' && this.#isFirst) return this.#go('end');
        return this.#startValue(c === '"', c, 'a key');
      case 'colon':
        if (c !== ':') throw this.#unexpected(c, '":"');
        return this.#go('value');
      case 'value':
        if (!this.#isField) return this.#startValue(true, c, 'a value');
        if (c !== '[') throw this.#unexpected(c, 'an array of records');
        this.#place = this.#enterArray();
        return true;
      case 'next':
        if (c !== ',' && c !== '}') throw this.#unexpected(c, '"," or "}"');
        this.#isFirst = false;
        return this.#go(c === ',' ? 'key' : 'end');
      case 'element':
        if (c === ']' && this.#isFirst) return this.#leaveArray();
        return this.#startValue(true, c, 'a record');
      case 'comma':
        if (c === ']') return this.#leaveArray();
        if (c !== ',') throw this.#unexpected(c, '"," or "]"');
        this.#isFirst = false;
        return this.#go('element');
      case 'end':
        throw this.#unexpected(c, 'the end');
    }
  }

  #go(place: Place): true {
    this.#place = place;
    return true;
  }

  #enterArray(): Place {
    if (this.#hasArray)
      throw this.#refuse(
        { line: this.#line },
        `the object must have ${JSON.stringify(this.#field)} once, got it twice`,
      );
    this.#hasArray = true;
    this.#isFirst = true;
    return 'element';
  }

  #leaveArray(): true {
    return this.#go(this.#field === undefined ? 'end' : 'next');
  }

  #startValue(isFitting: boolean, c: string, what: string): false {
    if (!isFitting || ',]}:'.includes(c)) throw this.#unexpected(c, what);
    const record = this.#place === 'element' ? ++this.#count : undefined;
    const place = { line: this.#line, record };
    this.#value = { text: '', place, depth: 0, isInString: false, isEscaped: false, isTold: false };
    return false;
  }

  /** Whether a whole value is an element of the array; else moves on. */
  #finish(text: string): boolean {
    if (this.#place === 'element') {
      this.#place = 'comma';
      return true;
    }
    if (this.#place === 'key') this.#isField = text === JSON.stringify(this.#field);
    this.#place = this.#place === 'key' ? 'colon' : 'next';
    return false;
  }

  /** Reads on in the open value; the index behind its last character, or undefined when the piece does not end it. */
  #scanValue(piece: string, start: number): number | undefined {
    const value = this.#value!;
    let i = start;
    let isWhole = false;
    for (; i < piece.length && !isWhole; i++) {
      const c = piece[i]!;
      if (c === '\n') this.#line += 1;
      if (value.isInString) {
        if (value.isEscaped) value.isEscaped = false;
        else if (c === '\\') value.isEscaped = true;
        else if (c === '"') {
          value.isInString = false;
          isWhole = value.depth === 0;
        }
      } else if (c === '"') value.isInString = true;
      else if (c === '{' || c === '[') value.depth += 1;
      else if (value.depth > 0) {
        if (c === '}' || c === ']') isWhole = --value.depth === 0;
      } else if (',]}'.includes(c) || isSpace(c)) {
        // A number or a word ends before what follows it.
        if (c === '\n') this.#line -= 1;
        break;
      }
    }
    value.text += piece.slice(start, i);
    return isWhole || i < piece.length ? i : undefined;
  }

  #startError(c: string): Error {
    if (c === '{')
      return this.#refuse({ line: this.#line }, 'the file must be an array of records, got an object: name its field');
    const what = this.#field === undefined ? 'an array of records' : `an object with ${JSON.stringify(this.#field)}`;
    return this.#unexpected(c, what);
  }

  #unexpected(c: string, wanted: string): Error {
    const after = this.#count === 0 ? '' : ` (after record ${this.#count})`;
    const rule = `the file must be JSON with ${wanted} here, got ${JSON.stringify(c)}${after}`;
    return this.#refuse({ line: this.#line }, rule);
  }
}
