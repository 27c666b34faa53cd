import { MAX_RECORD } from './source.js';

/** One element of the array, as text, and the line where it starts. */
interface FoundRecord {
  text: string;
  line: number;
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
  readonly #refuse: (line: number, text: string) => Error;
  #place: Place = 'start';
  #line = 1;
  /** The value being read: its text so far, first line, open brackets, and whether it is within a string. */
  #value: { text: string; line: number; depth: number; isInString: boolean; isEscaped: boolean } | undefined;
  /** Whether the last key was the field. */
  #isField = false;
  #hasArray = false;
  #isFirst = true;

  constructor(field: string | undefined, refuse: (line: number, text: string) => Error) {
    this.#field = field;
    this.#refuse = refuse;
  }

  /** The elements that a further piece of text completes. */
  *push(piece: string): Generator<FoundRecord> {
    for (let i = 0; i < piece.length;) {
      if (this.#value !== undefined) {
        const end = this.#scanValue(piece, i);
        if (this.#value.text.length > MAX_RECORD)
          throw this.#refuse(this.#value.line, `a record must be under ${MAX_RECORD} characters, got more`);
        if (end === undefined) return;
        i = end;
        const { text, line } = this.#value;
        this.#value = undefined;
        if (this.#finish(text)) yield { text, line };
        continue;
      }
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
      throw this.#refuse(this.#line, `the object must have an array under ${JSON.stringify(this.#field)}, got none`);
    throw this.#refuse(this.#line, 'the file must be whole JSON, got its end too early');
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
      throw this.#refuse(this.#line, `the object must have ${JSON.stringify(this.#field)} once, got it twice`);
    this.#hasArray = true;
    this.#isFirst = true;
    return 'element';
  }

  #leaveArray(): true {
    return this.#go(this.#field === undefined ? 'end' : 'next');
  }

  #startValue(isFitting: boolean, c: string, what: string): false {
    if (!isFitting || ',]}:'.includes(c)) throw this.#unexpected(c, what);
    this.#value = { text: '', line: this.#line, depth: 0, isInString: false, isEscaped: false };
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
      return this.#refuse(this.#line, 'the file must be an array of records, got an object: name its field');
    const what = this.#field === undefined ? 'an array of records' : `an object with ${JSON.stringify(this.#field)}`;
    return this.#unexpected(c, what);
  }

  #unexpected(c: string, wanted: string): Error {
    return this.#refuse(this.#line, `the file must be JSON with ${wanted} here, got ${JSON.stringify(c)}`);
  }
}
