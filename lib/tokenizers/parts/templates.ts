import { type CheckedValue, MAX_TOKEN_ID } from '../checked_file.js';

/** What surrounds one text and a pair: triples of kind, type id, token id. @internal */
export interface Templates {
  single: Int32Array;
  pair: Int32Array;
}

/** Kinds of template parts; the numbers are those of native/text/tokenizer.h. @internal */
export const PART = { special: 0, first: 1, second: 2, language: 3 } as const;

const MAX_PARTS = 64;
const MAX_TYPE_ID = 255;

/** Without a post-processor: the texts alone, the second of type 1. @internal */
export const PLAIN_TEMPLATES: Templates = {
  single: Int32Array.of(PART.first, 0, 0),
  pair: Int32Array.of(PART.first, 0, 0, PART.second, 1, 0),
};

/** Templates in which each call's language stands where one of these ids stood. @internal */
export function withLanguage(templates: Templates, languages: ReadonlySet<number>): Templates {
  const changed = (template: Int32Array): Int32Array =>
    template.map((value, i) =>
      i % 3 === 0 && value === PART.special && languages.has(template[i + 2]!) ? PART.language : value,
    );
  return { single: changed(templates.single), pair: changed(templates.pair) };
}

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

/** <s> A </s>, and <s> A </s></s> B </s>, all of type 0. */
function robertaTemplates(cls: number, sep: number): Templates {
  const single = [PART.special, 0, cls, PART.first, 0, 0, PART.special, 0, sep];
  const pair = [...single, PART.special, 0, sep, PART.second, 0, 0, PART.special, 0, sep];
  return { single: Int32Array.from(single), pair: Int32Array.from(pair) };
}

/** The id in a ["[SEP]", 102] of BertProcessing. */
function readNamedId(entry: CheckedValue): number {
  const [name, id] = entry.items(2);
  if (name === undefined || id === undefined) return entry.fail('must be a token and its id');
  name.string();
  return id.integer(0, MAX_TOKEN_ID);
}

/** What a post-processor does; of offsets, whether white space is left out, and with a prefix in mind. @internal */
export interface Processor extends Templates {
  trimOffsets: boolean;
  trimAfterPrefix: boolean;
}

const MAX_STEPS = 16;

function readTrim(processor: CheckedValue): Pick<Processor, 'trimOffsets' | 'trimAfterPrefix'> {
  const flag = (name: string): boolean => processor.get(name).optional((v) => v.boolean(), true);
  return { trimOffsets: flag('trim_offsets'), trimAfterPrefix: flag('add_prefix_space') };
}

/** Trimmed offsets, then a template. */
function readSequence(processor: CheckedValue): Processor | undefined {
  let whole: Processor | undefined;
  for (const step of processor.get('processors').items(MAX_STEPS)) {
    const next = readProcessor(step);
    const isPlain = whole === undefined || (whole.single === PLAIN_TEMPLATES.single && !next?.trimOffsets);
    if (next === undefined || !isPlain) return undefined;
    whole = whole === undefined ? next : { ...whole, single: next.single, pair: next.pair };
  }
  return whole ?? { ...PLAIN_TEMPLATES, trimOffsets: false, trimAfterPrefix: false };
}

/**
 * The post-processor of a tokenizer.json, or undefined when the native encoder lacks it.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readProcessor(processor: CheckedValue): Processor | undefined {
  const untrimmed = { trimOffsets: false, trimAfterPrefix: false };
  if (processor.isAbsent) return { ...PLAIN_TEMPLATES, ...untrimmed };
  const ends = (): [number, number] => [readNamedId(processor.get('cls')), readNamedId(processor.get('sep'))];
  switch (processor.get('type').value) {
    case 'BertProcessing':
      return { ...bertTemplates(...ends()), ...untrimmed };
    case 'RobertaProcessing':
      return { ...robertaTemplates(...ends()), ...readTrim(processor) };
    case 'ByteLevel':
      return { ...PLAIN_TEMPLATES, ...readTrim(processor) };
    case 'TemplateProcessing': {
      const read = (name: string): Int32Array => readTemplate(processor.get(name), processor.get('special_tokens'));
      return { single: read('single'), pair: read('pair'), ...untrimmed };
    }
    case 'Sequence':
      return readSequence(processor);
    default:
      return undefined;
  }
}
