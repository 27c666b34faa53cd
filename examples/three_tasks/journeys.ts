// Made sentences about journeys: every word's label, questions with their answers, and what each sentence is about.

const PEOPLE = ['Ada', 'Boris', 'Chloé', 'Dmitri', 'Emre', 'Fatima', 'Goran', 'Hana'];
const PLACES = ['Paris', 'Oslo', 'Kyoto', 'Lima', 'Cairo', 'Quito', 'Turin', 'Perth'];
const DAYS = ['Monday', 'Tuesday', 'Friday', 'Sunday'];
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  travel: ['flew', 'drove', 'sailed'],
  food: ['cooked', 'ate', 'baked'],
  music: ['sang', 'danced', 'drummed'],
};

/** What people do, by topic. */
export const TOPIC_NAMES = Object.keys(TOPICS);
/** Classes of words: the people and places of a sentence. */
export const WORD_LABELS = ['O', 'B-PER', 'B-LOC'];
/** Classes of two texts; pipelines look for the one that begins with "entail". */
export const PAIR_LABELS = ['not_entailment', 'entailment'];
/** What is asked of each topic. */
export const TEMPLATE = 'This is about {}.';

/** A sentence in words, with the class of each. */
export interface Journey {
  tokens: string[];
  tags: string[];
  person: string;
  place: string;
  day: string;
  topic: string;
}

/** An item for the `i`th sentence, which looks drawn by lot and is the same each time; `salt` tells draws apart. */
function draw<Item>(items: readonly Item[], i: number, salt: number): Item {
  const mixed = Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b), 0xc2b2ae35) >>> 8;
  return items[mixed % items.length]!;
}

function journey(i: number): Journey {
  const topic = draw(TOPIC_NAMES, i, 0);
  const [person, place, day] = [draw(PEOPLE, i, 1), draw(PLACES, i, 2), draw(DAYS, i, 3)];
  const tokens = [person, draw(TOPICS[topic]!, i, 4), 'in', place, 'on', day, '.'];
  const tags = ['B-PER', 'O', 'O', 'B-LOC', 'O', 'O', 'O'];
  return { tokens, tags, person, place, day, topic };
}

/** Sentences, the same each time. */
export function journeys(count: number): Journey[] {
  return Array.from({ length: count }, (_, i) => journey(i));
}

/** A sentence as text. */
export function textOf({ tokens }: Journey): string {
  return `${tokens.slice(0, -1).join(' ')}.`;
}

/** A question about each sentence, with its answer's place in UTF-16 units. */
export function questions(all: readonly Journey[]) {
  const kinds = [
    ['Who was there?', 'person'],
    ['Where was it?', 'place'],
    ['When was it?', 'day'],
  ] as const;
  return all.map((each, i) => {
    const [question, field] = draw(kinds, i, 5);
    const context = textOf(each);
    return { question, context, answers: { text: [each[field]], answerStart: [context.indexOf(each[field])] } };
  });
}

/** Each sentence with a topic, and whether that is its own. */
export function pairs(all: readonly Journey[]): { text: string; textPair: string; label: number }[] {
  return all.flatMap((each, i) => {
    const others = TOPIC_NAMES.filter((topic) => topic !== each.topic);
    return [each.topic, draw(others, i, 6)].map((topic) => ({
      text: textOf(each),
      textPair: TEMPLATE.replace('{}', topic),
      label: topic === each.topic ? 1 : 0,
    }));
  });
}
