import { TokenizerError } from '../util/errors.js';

/** The languages of a multilingual translation model: which token stands for each, and which are in use. @internal */
export class Languages {
  readonly #ids: ReadonlyMap<string, number>;
  #source: string;
  #target: string | undefined;

  /**
   * @param ids The ids of the languages' tokens.
   * @throws {TokenizerError} A language is not one of them.
   */
  constructor(ids: ReadonlyMap<string, number>, source: string, target: string | undefined) {
    this.#ids = ids;
    this.#source = this.#check('srcLang', source);
    this.#target = target === undefined ? undefined : this.#check('tgtLang', target);
  }

  get source(): string {
    return this.#source;
  }
  set source(language: string) {
    this.#source = this.#check('srcLang', language);
  }

  get target(): string | undefined {
    return this.#target;
  }
  set target(language: string | undefined) {
    this.#target = language === undefined ? undefined : this.#check('tgtLang', language);
  }

  /** The id of the token that a template has for its language. */
  idOf(asTarget: boolean): number {
    return this.#ids.get(asTarget ? (this.#target ?? this.#source) : this.#source)!;
  }

  #check(name: string, language: string): string {
    if (this.#ids.has(language)) return language;
    const known = [...this.#ids.keys()].join(', ');
    throw new TokenizerError(`tokenizer: ${name} must be one of ${known}, got ${String(language)}`, { name, language });
  }
}
