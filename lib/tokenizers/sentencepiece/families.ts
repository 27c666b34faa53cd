import type { CheckedValue } from '../checked_file.js';
import type { RoleTokens } from '../tokenizer_config.js';
import { MBART50_LANGUAGES, MBART_LANGUAGES } from './language_codes.js';
import type { SentencePieceModel } from './model_proto.js';
import { type Json, metaspace, precompiled, replace, sequence, SPACE_MARK } from './parts_json.js';

/** A token and its score. @internal */
export type Scored = [string, number];

/** What a family makes of a SentencePiece model, in the layout of tokenizer.json. @internal */
export interface FamilyParts {
  vocabulary: Scored[];
  /** Of Unigram. */
  unkId: number;
  normalizer: Json | null;
  preTokenizer: Json | null;
  decoder: Json;
  /** The templates of one text and a pair, in the notation of {@link template}. */
  single: string;
  pair: string;
  /** Tokens that are special beside those with a role. */
  extra: readonly string[];
}

/** What a family is made from: the model, the roles' tokens, and tokenizer_config.json. @internal */
export interface FamilyInput {
  model: SentencePieceModel;
  role: Required<RoleTokens>;
  config: CheckedValue;
}

/** One family of SentencePiece tokenizers, as Python's transformers (5.18) builds it. @internal */
export interface Family {
  /** The file of the model. */
  file: string;
  /** Classes of tokenizer_config.json, without Fast at the end. */
  classes: readonly string[];
  /** model_type of config.json. */
  modelTypes: readonly string[];
  roles: RoleTokens;
  /** Whether the mask token takes the space before it, where the files say nothing. */
  hasWideMask?: boolean;
  isBpe?: boolean;
  build: (input: FamilyInput) => FamilyParts;
}

const FAIRSEQ_ROLES: RoleTokens = {
  bos_token: '<s>',
  eos_token: '</s>',
  unk_token: '<unk>',
  sep_token: '</s>',
  pad_token: '<pad>',
  cls_token: '<s>',
  mask_token: '<mask>',
};
const BERT_ROLES: RoleTokens = {
  bos_token: '[CLS]',
  eos_token: '[SEP]',
  unk_token: '<unk>',
  sep_token: '[SEP]',
  pad_token: '<pad>',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};
const MAX_EXTRA_IDS = 10_000;

const flagOf = (config: CheckedValue, name: string, otherwise: boolean): boolean =>
  config.get(name).optional((v) => v.boolean(), otherwise);

const scoredOf = ({ pieces }: SentencePieceModel): Scored[] => pieces.map(({ piece, score }) => [piece, score]);
const unscored = (tokens: readonly string[]): Scored[] => tokens.map((token) => [token, 0]);

/** Words between white space, each with a mark before it. */
function markedWords(scheme: 'always' | 'never'): Pick<FamilyParts, 'preTokenizer' | 'decoder'> {
  const words = sequence('pretokenizers', [{ type: 'WhitespaceSplit' }, metaspace(scheme)]);
  return { preTokenizer: words, decoder: metaspace(scheme) };
}

const prefixOf = (config: CheckedValue): 'always' | 'never' =>
  flagOf(config, 'add_prefix_space', true) ? 'always' : 'never';

function buildT5({ model, config }: FamilyInput): FamilyParts {
  const count = config.get('extra_ids').optional((v) => v.integer(0, MAX_EXTRA_IDS), 100);
  const extra = Array.from({ length: count }, (_, i) => `<extra_id_${i}>`);
  return {
    vocabulary: [...scoredOf(model), ...unscored([...extra].reverse())],
    unkId: 2,
    normalizer: precompiled(model.charsmap)[0] ?? null,
    ...markedWords('always'),
    single: '$A </s>',
    pair: '$A </s> $B </s>',
    extra,
  };
}

/** Fairseq's order of the first tokens. */
const fairseqFirst = ({ bos_token, pad_token, eos_token, unk_token }: Required<RoleTokens>): Scored[] =>
  unscored([bos_token!, pad_token!, eos_token!, unk_token!]);

function buildXlmRoberta({ model, role, config }: FamilyInput): FamilyParts {
  const [bos, eos] = [role.bos_token!, role.eos_token!];
  return {
    vocabulary: [...fairseqFirst(role), ...scoredOf(model).slice(3), ...unscored([role.mask_token!])],
    unkId: 3,
    normalizer: precompiled(model.charsmap)[0] ?? null,
    ...markedWords(prefixOf(config)),
    single: `${bos} $A ${eos}`,
    pair: `${bos} $A ${eos} ${eos} $B ${eos}`,
    extra: [],
  };
}

function buildCamembert({ model, role, config }: FamilyInput): FamilyParts {
  const first = unscored(['<s>NOTUSED', role.pad_token!, '</s>NOTUSED', role.unk_token!]);
  const vocabulary: Scored[] = [
    ...first,
    ['<unk>NOTUSED', -100],
    ...scoredOf(model).slice(1),
    ...unscored([role.mask_token!]),
  ];
  const rest = buildXlmRoberta({ model, role, config });
  return { ...rest, vocabulary, unkId: vocabulary.findIndex(([token]) => token === role.unk_token) };
}

function buildMBart({ model, role }: FamilyInput): FamilyParts {
  const codes = unscored([...MBART_LANGUAGES, role.mask_token!]);
  return {
    vocabulary: [...fairseqFirst(role), ...scoredOf(model).slice(3), ...codes],
    unkId: 3,
    normalizer: null,
    ...markedWords('always'),
    single: `$A ${role.eos_token!} en_XX`,
    pair: `$A $B ${role.eos_token!} en_XX`,
    extra: MBART_LANGUAGES,
  };
}

function buildMBart50({ model, role }: FamilyInput): FamilyParts {
  const first = fairseqFirst({ ...role, bos_token: role.cls_token });
  const codes = unscored([...MBART50_LANGUAGES, role.mask_token!]);
  return {
    vocabulary: [...first, ...scoredOf(model).slice(3), ...codes],
    unkId: 3,
    normalizer: sequence('normalizers', [...precompiled(model.charsmap), replace({ regex: ' {2,}' }, ' ')]),
    preTokenizer: metaspace('always'),
    decoder: metaspace('always'),
    single: `en_XX $A ${role.eos_token!}`,
    pair: `en_XX $A $B ${role.eos_token!}`,
    extra: MBART50_LANGUAGES,
  };
}

function buildAlbert({ model, config }: FamilyInput): FamilyParts {
  const accents = flagOf(config, 'keep_accents', false) ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }];
  const lower = flagOf(config, 'do_lower_case', true) ? [{ type: 'Lowercase' }] : [];
  const quotes = [replace('``', '"'), replace("''", '"')];
  return {
    vocabulary: scoredOf(model),
    unkId: 1,
    normalizer: sequence('normalizers', [...quotes, ...accents, ...lower, ...precompiled(model.charsmap)]),
    ...markedWords(prefixOf(config)),
    single: '[CLS] $A [SEP]',
    pair: '[CLS] $A [SEP] $B:1 [SEP]:1',
    extra: [],
  };
}

function buildDebertaV2({ model, role, config }: FamilyInput): FamilyParts {
  const vocabulary = scoredOf(model);
  const place = vocabulary.findIndex(([token, score]) => token === role.unk_token && score === 0);
  const lower = flagOf(config, 'do_lower_case', false) ? [{ type: 'Lowercase' }] : [];
  const scheme = flagOf(config, 'add_prefix_space', true) ? 'always' : 'first';
  const punctuation = flagOf(config, 'split_by_punct', false) ? [{ type: 'Punctuation', behavior: 'Isolated' }] : [];
  return {
    vocabulary,
    unkId: place < 0 ? model.unkId : place,
    normalizer: sequence('normalizers', [
      ...lower,
      replace({ regex: '\\s{2,}|[\\n\\r\\t]' }, ' '),
      { type: 'NFC' },
      { type: 'Strip', strip_left: false, strip_right: true },
    ]),
    preTokenizer: sequence('pretokenizers', [...punctuation, metaspace(scheme)]),
    decoder: metaspace(scheme),
    single: `${role.cls_token!} $A ${role.sep_token!}`,
    pair: `${role.cls_token!} $A ${role.sep_token!} $B:1 ${role.sep_token!}:1`,
    extra: [],
  };
}

function buildLlama({ model, role, config }: FamilyInput): FamilyParts {
  const hasPrefix = config.get('add_prefix_space').optional((v) => v.boolean(), true);
  const scheme = !hasPrefix ? 'never' : config.get('legacy').value === true ? 'always' : 'first';
  const [bos, eos] = [role.bos_token!, role.eos_token!];
  const hasBos = flagOf(config, 'add_bos_token', false);
  const hasEos = flagOf(config, 'add_eos_token', false);
  const around = (text: string, type: string): string =>
    [...(hasBos ? [bos + type] : []), text + type, ...(hasEos ? [eos + type] : [])].join(' ');
  const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
  const fallback = [replace(SPACE_MARK, ' '), { type: 'ByteFallback' }, { type: 'Fuse' }];
  return {
    vocabulary: scoredOf(model),
    unkId: model.unkId,
    normalizer: null,
    preTokenizer: metaspace(scheme, false),
    decoder: sequence('decoders', hasPrefix ? [...fallback, strip] : fallback)!,
    single: around('$A', ''),
    pair: `${around('$A', '')} ${around('$B', ':1')}`,
    extra: [],
  };
}

/** The families; of those with the same file, the first is the one that a folder without a class is taken for. @internal */
export const FAMILIES: readonly Family[] = [
  {
    file: 'spiece.model',
    classes: ['T5Tokenizer'],
    modelTypes: ['t5', 'mt5', 'umt5', 'longt5', 'switch_transformers'],
    roles: { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' },
    build: buildT5,
  },
  {
    file: 'spiece.model',
    classes: ['AlbertTokenizer'],
    modelTypes: ['albert'],
    roles: BERT_ROLES,
    build: buildAlbert,
  },
  {
    file: 'sentencepiece.bpe.model',
    classes: ['XLMRobertaTokenizer'],
    modelTypes: ['xlm-roberta', 'xlm-roberta-xl'],
    roles: FAIRSEQ_ROLES,
    build: buildXlmRoberta,
  },
  {
    file: 'sentencepiece.bpe.model',
    classes: ['CamembertTokenizer'],
    modelTypes: ['camembert'],
    roles: FAIRSEQ_ROLES,
    hasWideMask: true,
    build: buildCamembert,
  },
  {
    file: 'sentencepiece.bpe.model',
    classes: ['MBartTokenizer'],
    modelTypes: ['mbart'],
    roles: FAIRSEQ_ROLES,
    hasWideMask: true,
    build: buildMBart,
  },
  {
    file: 'sentencepiece.bpe.model',
    classes: ['MBart50Tokenizer'],
    modelTypes: ['mbart50'],
    roles: { ...FAIRSEQ_ROLES, bos_token: undefined },
    hasWideMask: true,
    build: buildMBart50,
  },
  {
    file: 'spm.model',
    classes: ['DebertaV2Tokenizer'],
    modelTypes: ['deberta-v2'],
    roles: { ...BERT_ROLES, unk_token: '[UNK]', pad_token: '[PAD]' },
    build: buildDebertaV2,
  },
  {
    file: 'tokenizer.model',
    classes: ['LlamaTokenizer'],
    modelTypes: ['llama'],
    roles: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' },
    isBpe: true,
    build: buildLlama,
  },
];
