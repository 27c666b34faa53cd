import { z } from 'zod';
import { DataError } from '../../util/errors.js';
import { type Found, type RowMaker, rowsOf } from './found.js';
import { jsonRecords, recordError } from './json.js';
import type { JsonPlace } from './json_records.js';
import { JsonRows } from './jsonl.js';
import {
  type ConvertOptions,
  type DataRow,
  type DataSource,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
} from './source.js';

/** A question of a SQuAD file. */
export interface SquadQuestion {
  id: string;
  /** Of the article that its context is from; empty where the file has none. */
  title: string;
  context: string;
  question: string;
  /** Spans of the context, `context.slice(start, start + text.length)`; none where it has no answer. */
  answers: { text: string[]; answerStart: number[] };
}

/** What {@link Dataset.fromSquad} takes. */
export type SquadOptions = TextReadOptions;

const WHERE = 'Dataset.fromSquad';
const COLUMNS = ['id', 'title', 'context', 'question', 'answers'];

const text = z.string('must be a text');
const list = z.array(z.unknown(), 'must be a list');
const object = <Fields extends z.ZodRawShape>(fields: Fields) => z.object(fields, 'must be an object');

const ARTICLE = object({ title: text.default(''), paragraphs: list });
const PARAGRAPH = object({ context: text, qas: list });
const QUESTION = object({
  id: z.union([z.string(), z.int()], 'must be a text').transform(String),
  question: text,
  answers: z.array(object({ text, answer_start: z.int('must be an integer') }), 'must be a list').default([]),
  is_impossible: z.boolean('must be true or false').default(false),
});

type Refuse = (rule: string, id?: string) => DataError;

function checked<T>(schema: z.ZodType<T>, what: string, value: unknown, refuse: Refuse): T {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data as T;
  const { path, message } = error.issues[0]!;
  throw refuse([what, ...(path.length === 0 ? [] : [`${path.join('.')}:`]), message].join(' '), idOf(value));
}

function idOf(value: unknown): string | undefined {
  const { id } = (value ?? {}) as { id?: unknown };
  return typeof id === 'string' ? id : undefined;
}

/** The UTF-16 places of a text's characters, which the format counts as Python does; undefined where they are the same. */
function placesOf(text: string): readonly number[] | undefined {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return undefined;
  const places: number[] = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) places.push(at);
  return places;
}

function orError<T>(make: () => T): T | DataError {
  try {
    return make();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

/** A paragraph's questions, or what is wrong with each. */
function questionsOf(value: unknown, title: string, refuse: Refuse): (SquadQuestion | DataError)[] {
  const { context, qas } = checked(PARAGRAPH, 'a paragraph', value, refuse);
  const places = placesOf(context);
  const spanOf = ({ text, answer_start: start }: { text: string; answer_start: number }, id: string): number => {
    const at = places === undefined ? start : (places[start] ?? -1);
    if (text !== '' && at >= 0 && context.startsWith(text, at)) return at;
    const got = `${JSON.stringify(text.slice(0, 80))} at ${start}`;
    throw refuse(`an answer must be in its context at answer_start, got ${got}`, id);
  };
  return qas.map((item) =>
    orError(() => {
      const { id, question, answers, is_impossible } = checked(QUESTION, 'a question', item, refuse);
      if (is_impossible && answers.length > 0)
        throw refuse(`an impossible question must have no answers, got ${answers.length}`, id);
      const answerStart = answers.map((answer) => spanOf(answer, id));
      return { id, title, context, question, answers: { text: answers.map(({ text }) => text), answerStart } };
    }),
  );
}

/** An article's questions; what is malformed stands for itself alone. */
function articleOf(value: unknown, refuse: Refuse): (SquadQuestion | DataError)[] {
  const { title, paragraphs } = checked(ARTICLE, 'an article', value, refuse);
  return paragraphs.flatMap((paragraph) => orError(() => questionsOf(paragraph, title, refuse)));
}

/** Makes an error at an article's place of a text; it names the question, as an article has hundreds. */
function squadError(source: DataSource, place: JsonPlace, rule: string, id?: string, cause?: unknown): DataError {
  const named = id === undefined ? rule : `question ${JSON.stringify(id.slice(0, 80))}: ${rule}`;
  const { message, fields } = recordError(source, place, named);
  return new DataError(message, { ...fields, ...(id !== undefined && { id }) }, cause === undefined ? {} : { cause });
}

async function* questionsIn(source: DataSource, options: SquadOptions): AsyncGenerator<Found<SquadQuestion>[]> {
  const articles = new JsonRows('an article', {}, (place, text, cause) =>
    squadError(source, place, text, undefined, cause),
  );
  for await (const records of jsonRecords(WHERE, source, { ...options, field: 'data' })) {
    for (const { value, line, record } of records) {
      const refuse: Refuse = (rule, id) => squadError(source, { line, record }, rule, id);
      const found = orError(() => {
        if (value instanceof DataError) throw value;
        return articleOf(articles.toRow({ value, line, record }), refuse);
      });
      yield [found].flat().map((question) => ({ value: question, line, record }));
    }
  }
}

/**
 * The questions of a file as SQuAD 1.1 and 2.0 have it: articles of paragraphs of questions. Read piece by piece: only
 * one article is parsed at a time.
 * @internal
 */
export async function* readSquad(source: DataSource, options: SquadOptions & ConvertOptions): AsyncGenerator<RowChunk> {
  const { columns = COLUMNS } = options;
  checkColumns(source, 1, COLUMNS, columns);
  const rows: RowMaker<SquadQuestion> = {
    toRow: ({ value }): DataRow =>
      Object.fromEntries(columns.map((name) => [name, value[name as keyof SquadQuestion]])),
    columnNames: () => columns,
    locate: (found, told, cause) => {
      const id = found.value instanceof DataError ? undefined : found.value.id;
      return squadError(source, found, told, id, cause);
    },
  };
  yield* rowsOf(questionsIn(source, options), rows, options);
}
