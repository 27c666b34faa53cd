/** A suffix, what takes its place, and whether it may, from what is left of the word. */
type Rule = readonly [suffix: string, replacement: string, fits?: (stem: string) => boolean];

/** Words whose stems the rules would miss. */
const IRREGULAR = new Map(
  Object.entries({
    ...{ skies: 'sky', sky: 'sky', dying: 'die', lying: 'lie', tying: 'tie', news: 'news', howe: 'howe' },
    ...{ innings: 'inning', inning: 'inning', outings: 'outing', outing: 'outing' },
    ...{ cannings: 'canning', canning: 'canning', proceed: 'proceed', exceed: 'exceed', succeed: 'succeed' },
  }),
);

/** Of each letter whether it is a consonant: a y is one at the start and behind a vowel. */
function consonants(word: string): boolean[] {
  const flags: boolean[] = [];
  for (const [i, letter] of [...word].entries())
    flags.push(letter === 'y' ? i === 0 || !flags[i - 1]! : !'aeiou'.includes(letter));
  return flags;
}

/** How often consonants follow vowels. */
function measure(stem: string): number {
  return consonants(stem).filter((isConsonant, i, flags) => isConsonant && i > 0 && !flags[i - 1]!).length;
}

const isMeasured = (stem: string): boolean => measure(stem) > 0;
const isLong = (stem: string): boolean => measure(stem) > 1;

function endsDouble(word: string): boolean {
  return word.length > 1 && word.at(-1) === word.at(-2) && consonants(word).at(-1)!;
}

/** Whether a word ends like `hop`, or is like `at`: a short syllable, whose e must stay. */
function endsShort(word: string): boolean {
  const flags = consonants(word);
  if (word.length === 2) return !flags[0]! && flags[1]!;
  return flags.length > 2 && flags.at(-3)! && !flags.at(-2)! && flags.at(-1)! && !'wxy'.includes(word.at(-1)!);
}

/** The first rule whose suffix the word has decides. */
function applied(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (rule === undefined) return word;
  const [suffix, replacement, fits = () => true] = rule;
  const stem = word.slice(0, word.length - suffix.length);
  return fits(stem) ? stem + replacement : word;
}

const measured = (rules: Readonly<Record<string, string>>): Rule[] =>
  Object.entries(rules).map(([suffix, replacement]) => [suffix, replacement, isMeasured]);

const PLURALS: Rule[] = [
  ['sses', 'ss'],
  ['ies', 'i'],
  ['ss', 'ss'],
  ['s', ''],
];

const DOUBLE_SUFFIXES: Rule[] = [
  ...measured({ ational: 'ate', tional: 'tion', enci: 'ence', anci: 'ance', izer: 'ize', bli: 'ble', alli: 'al' }),
  ...measured({ entli: 'ent', eli: 'e', ousli: 'ous', ization: 'ize', ation: 'ate', ator: 'ate', alism: 'al' }),
  ...measured({ iveness: 'ive', fulness: 'ful', ousness: 'ous', aliti: 'al', iviti: 'ive', biliti: 'ble' }),
  ['fulli', 'ful', isMeasured],
  ['logi', 'log', (stem) => isMeasured(`${stem}l`)],
];

const SINGLE_SUFFIXES = measured({ icate: 'ic', ative: '', alize: 'al', iciti: 'ic', ical: 'ic', ful: '', ness: '' });

const ENDINGS: Rule[] = [
  ...'al ance ence er ic able ible ant ement ment ent'.split(' ').map((suffix): Rule => [suffix, '', isLong]),
  ['ion', '', (stem) => isLong(stem) && /[st]$/.test(stem)],
  ...'ou ism ate iti ous ive ize'.split(' ').map((suffix): Rule => [suffix, '', isLong]),
];

/** Takes off -ed and -ing and mends what is left. */
function withoutTense(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return isMeasured(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const stem = /^(.*)(?:ed|ing)$/.exec(word)?.[1];
  if (stem === undefined || consonants(stem).every(Boolean)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function withoutDoubleSuffix(word: string): string {
  const isAlly = word.endsWith('alli') && isMeasured(word.slice(0, -4));
  return isAlly ? withoutDoubleSuffix(word.slice(0, -2)) : applied(word, DOUBLE_SUFFIXES);
}

function withoutE(word: string): string {
  if (!word.endsWith('e')) return word;
  const stem = word.slice(0, -1);
  return isLong(stem) || (measure(stem) === 1 && !endsShort(stem)) ? stem : word;
}

/**
 * The stem of an English word in lower case (Porter, Program 14:3, 1980), with the later changes by which NLTK's stemmer
 * differs from the paper.
 * @internal
 */
export function porterStem(word: string): string {
  const known = IRREGULAR.get(word);
  if (known !== undefined || word.length <= 2) return known ?? word;
  let stem = word.length === 4 && word.endsWith('ies') ? word.slice(0, -1) : applied(word, PLURALS);
  stem = withoutTense(stem);
  stem = applied(stem, [['y', 'i', (rest) => rest.length > 1 && consonants(rest).at(-1)!]]);
  stem = applied(applied(withoutDoubleSuffix(stem), SINGLE_SUFFIXES), ENDINGS);
  stem = withoutE(stem);
  return stem.endsWith('ll') && isLong(stem.slice(0, -1)) ? stem.slice(0, -1) : stem;
}
