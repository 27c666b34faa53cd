import { DataError, TokenizerError } from '../util/errors.js';
import type { Role, RoleTokens } from './tokenizer_config.js';
import type { TokenizerFile } from './tokenizer_file.js';

/** Tokens by id and ids by token, added tokens included. @internal */
export class TokenTable {
  readonly #file: TokenizerFile;
  readonly #added: ReadonlyMap<string, number>;
  readonly #roles: RoleTokens;
  /** What `skipSpecialTokens` leaves out. */
  readonly specialIds: ReadonlySet<number>;

  constructor(file: TokenizerFile, roles: RoleTokens) {
    this.#file = file;
    this.#added = new Map(file.added.map(({ content, id }) => [content, id]));
    this.#roles = roles;
    const special = file.added.filter((token) => token.special).map((token) => token.id);
    const roleIds = Object.values(roles).map((token) => (token === undefined ? undefined : this.find(token)));
    this.specialIds = new Set([...special, ...roleIds.filter((id) => id !== undefined)]);
  }

  find(token: string): number | undefined {
    return this.#file.vocabulary.get(token) ?? this.#added.get(token);
  }

  /** The id of the token with this role. */
  roleId(role: Role): number | undefined {
    const token = this.#roles[role];
    return token === undefined ? undefined : this.find(token);
  }

  /**
   * A token's id, the unknown token's where there is none.
   * @throws {TokenizerError} There is no unknown token either.
   */
  idOf(token: string): number {
    const id = this.find(token) ?? this.roleId('unk_token');
    if (id !== undefined) return id;
    throw new TokenizerError(`tokenizer: the token must be known, got ${JSON.stringify(token)}`, { token });
  }

  /**
   * An id's token.
   * @throws {DataError} It has none.
   */
  tokenOf(id: number): string {
    const token = this.#file.tokens[id];
    if (token !== undefined) return token;
    throw new DataError(`tokenizer: an id must be below ${this.#file.tokens.length}, got ${id}`, { id });
  }

  /** The tokens of ids, without unknown ids and, when asked, without special tokens. */
  tokensOf(ids: Iterable<number | bigint>, skipSpecialTokens: boolean): string[] {
    const out: string[] = [];
    for (const raw of ids) {
      const id = Number(raw);
      const token = this.#file.tokens[id];
      if (token !== undefined && !(skipSpecialTokens && this.specialIds.has(id))) out.push(token);
    }
    return out;
  }

  /** Every token with its id. */
  all(): Map<string, number> {
    return new Map([...this.#file.vocabulary, ...this.#added]);
  }
}
