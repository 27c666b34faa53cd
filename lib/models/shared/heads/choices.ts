import { reshape } from '../../../ops/index.js';
import { Tensor } from '../../../tensor/tensor.js';
import { DataError, ShapeError } from '../../../util/errors.js';
import type { ModelInputs, Shaped, TokenInput } from '../inputs.js';
import { hostOf, isShaped } from '../ragged.js';

const PER_TOKEN = ['inputIds', 'attentionMask', 'globalAttentionMask', 'tokenTypeIds', 'positionIds'] as const;
type PerToken = (typeof PER_TOKEN)[number];

/** Values of each token of each choice: for every question a list of rows, or data of shape (B, N, S). */
export type ChoiceInput = TokenInput | readonly (readonly ArrayLike<number | bigint | boolean>[])[];

/**
 * What `forward` of a multiple choice model takes: B questions with N choices each, a sequence per choice. `inputsEmbeds`
 * is (B, N, S, C). With `numChoices`, or packed, the B · N sequences stand one behind the other as other models take them.
 */
export interface MultipleChoiceInputs extends Omit<ModelInputs, PerToken> {
  inputIds?: ChoiceInput | undefined;
  attentionMask?: ChoiceInput | undefined;
  globalAttentionMask?: ChoiceInput | undefined;
  tokenTypeIds?: ChoiceInput | undefined;
  positionIds?: ChoiceInput | undefined;
  /** Choices of each question; needed for sequences that are not nested by question. */
  numChoices?: number | undefined;
}

/** The sequences of all questions in order, and how many belong to each. @internal */
export interface FlatChoices {
  inputs: ModelInputs;
  choices: number;
}

/** @throws DataError, ShapeError for inputs that are not so many choices for each question @internal */
export function flattenChoices(where: string, inputs: MultipleChoiceInputs): FlatChoices {
  const { numChoices, ...rest } = inputs;
  if (numChoices !== undefined) {
    if (Number.isInteger(numChoices) && numChoices >= 1) return { inputs: rest as ModelInputs, choices: numChoices };
    throw new DataError(`${where}: numChoices must be a whole number from 1, got ${String(numChoices)}`, {
      numChoices,
    });
  }
  if (inputs.lengths !== undefined || inputs.cuSeqlens !== undefined)
    throw new DataError(`${where}: a packed batch needs numChoices, got none`);
  const flat: ModelInputs = { ...rest } as ModelInputs;
  let choices: number | undefined;
  const note = (name: string, count: number): void => {
    if (choices !== undefined && count !== choices)
      throw new ShapeError(`${where}: each question must have ${choices} choices, got ${count} in ${name}`, { name });
    choices = count;
  };
  for (const name of PER_TOKEN) {
    const value = inputs[name];
    if (value !== undefined) flat[name] = flatValues(where, name, value, note);
  }
  if (inputs.inputsEmbeds !== undefined) flat.inputsEmbeds = flatEmbeds(where, inputs.inputsEmbeds, note);
  return { inputs: flat, choices: choices ?? 1 };
}

type Note = (name: string, count: number) => void;

function flatValues(where: string, name: PerToken, value: ChoiceInput, note: Note): TokenInput {
  if (value instanceof Tensor || isShaped(value)) {
    const { shape } = value;
    if (shape.length !== 3)
      throw new ShapeError(`${where}: ${name} must have shape (B, N, S), got (${shape.join(', ')})`, { name, shape });
    const [batch, count, width] = shape as [number, number, number];
    note(name, count);
    const data = value instanceof Tensor ? hostOf(where, name, value) : value.data;
    return { data: data as Shaped['data'], shape: [batch * count, width] };
  }
  if (!Array.isArray(value))
    throw new DataError(`${where}: ${name} must be lists of choices, data or a tensor, got ${typeof value}`, { name });
  return (value as readonly unknown[]).flatMap((rows, question) => {
    const isNested = Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
    if (!isNested)
      throw new DataError(`${where}: ${name} must be a list of rows per question, got no such list (${question})`, {
        name,
        question,
      });
    note(`${name} (question ${question})`, rows.length);
    return rows as ArrayLike<number>[];
  });
}

function flatEmbeds(where: string, embeds: Tensor, note: Note): Tensor {
  const { shape } = embeds;
  if (shape.length !== 4)
    throw new ShapeError(`${where}: inputsEmbeds must have shape (B, N, S, C), got (${shape.join(', ')})`, { shape });
  const [batch, count, width, features] = shape as [number, number, number, number];
  note('inputsEmbeds', count);
  return reshape(embeds, [batch * count, width, features]);
}
