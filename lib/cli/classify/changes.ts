import { type McnemarResult, mcnemarTest } from '../../metrics/index.js';

/** What became of a label's rows. @internal */
export interface LabelChange {
  label: string;
  /** Rows that have it. */
  rows: number;
  /** Wrong before, right now. Of several labels a row, also of rows that do not have it. */
  fixed: number;
  /** Right before, wrong now. */
  broken: number;
}

/** A row that two models see differently. @internal */
export interface ChangedRow {
  /** Counted from 1. */
  record: number;
  text: string;
  label: string;
  before: string;
  after: string;
}

/** A row's labels, in truth and as two models say: names. @internal */
export interface Verdict {
  truth: readonly string[];
  before: readonly string[];
  after: readonly string[];
}

const EXAMPLES = 20;
const EXAMPLE_CHARACTERS = 200;

function joined(names: readonly string[]): string {
  return [...names].sort().join(', ');
}

/** Counts how two models differ, row by row; of the rows it keeps whether each model was right, and some examples. @internal */
export class Changes {
  readonly examples: ChangedRow[] = [];
  /** Rows of which the two models say different things. */
  changed = 0;
  readonly #byLabel = new Map<string, LabelChange>();
  readonly #right: [before: number[], after: number[]] = [[], []];

  add(text: string, { truth, before, after }: Verdict): void {
    const [label, was, is] = [joined(truth), joined(before), joined(after)];
    this.#right[0].push(was === label ? 1 : 0);
    this.#right[1].push(is === label ? 1 : 0);
    this.#countLabels({ truth, before, after });
    if (was === is) return;
    this.changed += 1;
    const record = this.#right[0].length;
    if (this.examples.length < EXAMPLES)
      this.examples.push({ record, text: text.slice(0, EXAMPLE_CHARACTERS), label, before: was, after: is });
  }

  /** By rows that have them, most first. */
  get labels(): LabelChange[] {
    return [...this.#byLabel.values()].sort((a, b) => b.rows - a.rows);
  }

  /** @throws DataError without a row */
  mcnemar(): McnemarResult {
    const [before, after] = this.#right;
    return mcnemarTest(new Uint8Array(before.length).fill(1), before, after);
  }

  #countLabels({ truth, before, after }: Verdict): void {
    // Of one label a row, a row is the business of its own label alone.
    const isOne = truth.length === 1 && before.length === 1 && after.length === 1;
    for (const label of new Set(isOne ? truth : [...truth, ...before, ...after])) {
      const change = this.#byLabel.get(label) ?? { label, rows: 0, fixed: 0, broken: 0 };
      this.#byLabel.set(label, change);
      const has = truth.includes(label);
      const [wasRight, isRight] = [before.includes(label) === has, after.includes(label) === has];
      if (has) change.rows += 1;
      if (isRight && !wasRight) change.fixed += 1;
      if (wasRight && !isRight) change.broken += 1;
    }
  }
}
