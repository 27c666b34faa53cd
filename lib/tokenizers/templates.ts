import { type CheckedValue, MAX_TOKEN_ID } from './checked_file.js';

/** What surrounds one text and a pair: triples of kind, type id, token id. @internal */
export interface Templates {
  single: Int32Array;
  pair: Int32Array;
}

/** Kinds of template parts; the numbers are those of native/text/tokenizer.h. @internal */
export const PART = { special: 0, first: 1, second: 2 } as const;

const MAX_PARTS = 64;
const MAX_TYPE_ID = 255;

/** Without a post-processor: the texts alone, the second of type 1. @internal */
export const PLAIN_TEMPLATES: Templates = {
  single: Int32Array.of(PART.first, 0, 0),
  pair: Int32Array.of(PART.first, 0, 0, PART.second, 1, 0),
};

/** How many special tokens a template adds. @internal */
export function specialCount(template: Int32Array): number {
  let count = 0;
  for (let i = 0; i < template.length; i += 3) if (template[i] === PART.special) count += 1;
  return count;
}

/** [CLS] A [SEP], and [CLS] A [SEP] B [SEP] with B and its end of type 1. @internal */
export function bertTemplates(cls: number, sep: number): Templates {
  const single = [PART.special, 0, cls, PART.first, 0, 0, PART.special, 0, sep];
  const pair = [...single, PART.second, 1, 0, PART.special, 1, sep];
  return { single: Int32Array.from(single), pair: Int32Array.from(pair) };
}

function tokenIds(part: CheckedValue, specialTokens: CheckedValue): number[] {
  const name = part.get('id').string();
  if (!Object.hasOwn(specialTokens.object(), name)) part.get('id').fail('must be one of special_tokens');
  return specialTokens
    .get(name)
    .get('ids')
    .items(MAX_PARTS)
    .map((id) => id.integer(0, MAX_TOKEN_ID));
}

function readTemplate(list: CheckedValue, specialTokens: CheckedValue): Int32Array {
  const triples = list.items(MAX_PARTS).flatMap((part) => {
    const special = part.get('SpecialToken');
    if (!special.isAbsent) {
      const type = special.get('type_id').integer(0, MAX_TYPE_ID);
      return tokenIds(special, specialTokens).flatMap((id) => [PART.special, type, id]);
    }
    const sequence = part.get('Sequence');
    if (sequence.isAbsent) part.fail('must hold SpecialToken or Sequence');
    const id = sequence.get('id').string();
    if (id !== 'A' && id !== 'B') sequence.get('id').fail('must be A or B');
    return [id === 'A' ? PART.first : PART.second, sequence.get('type_id').integer(0, MAX_TYPE_ID), 0];
  });
  return Int32Array.from(triples);
}

/** The id in a ["[SEP]", 102] of BertProcessing. */
function readNamedId(entry: CheckedValue): number {
  const [name, id] = entry.items(2);
  if (name === undefined || id === undefined) return entry.fail('must be a token and its id');
  name.string();
  return id.integer(0, MAX_TOKEN_ID);
}

/**
 * The templates of a TemplateProcessing, a BertProcessing or no post-processor.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readTemplates(processor: CheckedValue): Templates {
  if (processor.isAbsent) return PLAIN_TEMPLATES;
  if (processor.get('type').value === 'BertProcessing') {
    return bertTemplates(readNamedId(processor.get('cls')), readNamedId(processor.get('sep')));
  }
  const specialTokens = processor.get('special_tokens');
  return {
    single: readTemplate(processor.get('single'), specialTokens),
    pair: readTemplate(processor.get('pair'), specialTokens),
  };
}
