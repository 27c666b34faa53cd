import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import type { Span } from './tokens.js';

/** A token of a text and its class; spans are UTF-16 indices. */
export interface TokenEntity extends Span {
  entity: string;
  score: number;
  /** The token's place in the row, special tokens counted. */
  index: number;
  word: string;
}

/** Tokens of one entity that follow one another, `text.slice(start, end)`. */
export interface EntityGroup extends Span {
  /** The class without `B-` or `I-`. */
  entity_group: string;
  /** The mean of its tokens' scores. */
  score: number;
  word: string;
}

/** A class in two parts; one without `B-` or `I-` goes on with what is before. */
function tagOf(entity: string): { begins: boolean; tag: string } {
  const hasPrefix = entity.startsWith('B-') || entity.startsWith('I-');
  return { begins: entity.startsWith('B-'), tag: hasPrefix ? entity.slice(2) : entity };
}

function groupOf(entities: readonly TokenEntity[], tokenizer: PreTrainedTokenizer): EntityGroup {
  const [{ entity, start }] = entities as [TokenEntity];
  return {
    entity_group: entity.slice(entity.indexOf('-') + 1),
    score: entities.reduce((sum, { score }) => sum + score, 0) / entities.length,
    word: tokenizer.convertTokensToString(entities.map(({ word }) => word)),
    start,
    end: entities.at(-1)!.end,
  };
}

/** Neighbours of one class put together, unless the next begins an entity of its own. @internal */
export function groupEntities(entities: readonly TokenEntity[], tokenizer: PreTrainedTokenizer): EntityGroup[] {
  const groups: TokenEntity[][] = [];
  for (const entity of entities) {
    const { begins, tag } = tagOf(entity.entity);
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && !begins && tagOf(last.entity).tag === tag) groups.at(-1)!.push(entity);
    else groups.push([entity]);
  }
  return groups.map((group) => groupOf(group, tokenizer));
}

/** Of groups of several windows that overlap, the longest; of equally long ones that with the higher score. @internal */
export function mergeOverlaps(groups: readonly EntityGroup[]): EntityGroup[] {
  const merged: EntityGroup[] = [];
  for (const group of [...groups].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || group.start >= last.end) {
      merged.push(group);
      continue;
    }
    const longer = group.end - group.start - (last.end - last.start);
    if (longer > 0 || (longer === 0 && group.score > last.score)) merged[merged.length - 1] = group;
  }
  return merged;
}
