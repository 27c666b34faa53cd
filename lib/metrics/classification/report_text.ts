import type { ReportRow } from './classification_report.js';

/** As many digits as a number can be printed with: enough to see whether it is an exact tie. */
const ALL_DIGITS = 100;
const HEADINGS = ['precision', 'recall', 'f1-score', 'support'] as const;
/** Numpy adds up to so many values in eight interleaved sums, and halves longer lists. */
const BLOCK = 128;
const LANES = 8;

/** What a report shows. @internal */
export interface ReportParts {
  classes: [string, ReportRow][];
  averages: [string, ReportRow][];
  /** Whether the micro average is the accuracy, and so called. */
  isAccuracy: boolean;
  /** Whether supports are printed as Python prints floats. */
  isInFloats: boolean;
}

/** A report in scikit-learn's layout. @internal */
export function reportText({ classes, averages, isAccuracy, isInFloats }: ReportParts, digits: number): string {
  const width = Math.max(...classes.map(([name]) => [...name].length), 'weighted avg'.length, digits);
  const line = (name: string, cells: readonly string[]): string =>
    `${' '.repeat(width - [...name].length)}${name} ${cells.map((cell) => ` ${cell.padStart(9)}`).join('')}\n`;
  const toCells = (row: ReportRow): string[] => [
    ...HEADINGS.slice(0, 3).map((heading) => formatFixed(row[heading], digits)),
    isInFloats ? pythonFloat(row.support) : String(row.support),
  ];
  let text = `${line('', HEADINGS)}\n`;
  for (const [name, row] of classes) text += line(name, toCells(row));
  text += '\n';
  for (const [name, row] of averages) {
    const isAccuracyLine = isAccuracy && name === 'micro avg';
    text += isAccuracyLine ? line('accuracy', ['', '', ...toCells(row).slice(2)]) : line(name, toCells(row));
  }
  return text;
}

/** Digits as Python prints them: an exact tie (0.125 with two digits) goes to the even digit, not up. */
function formatFixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan';
  const rounded = value.toFixed(digits);
  const exact = value.toFixed(ALL_DIGITS);
  const cut = exact.length - ALL_DIGITS + digits;
  if (!/^50*$/.test(exact.slice(cut))) return rounded;
  const truncated = digits === 0 ? exact.slice(0, cut - 1) : exact.slice(0, cut);
  return Number(truncated.at(-1)) % 2 === 0 ? truncated : rounded;
}

/** A float as Python prints it: 3.0, 1e-05, 1e+16. */
function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/**
 * The sum in numpy's order of additions: with weights, the last digits of a printed sum depend on it.
 * @internal
 */
export function pairwiseSum(values: Float64Array): number {
  if (values.length < LANES) return values.reduce((sum, value) => sum + value, 0);
  if (values.length > BLOCK) {
    const half = Math.floor(values.length / 2 / LANES) * LANES;
    return pairwiseSum(values.subarray(0, half)) + pairwiseSum(values.subarray(half));
  }
  const lanes = values.slice(0, LANES);
  const end = values.length - (values.length % LANES);
  for (let i = LANES; i < end; i++) lanes[i % LANES]! += values[i]!;
  const [a, b, c, d, e, f, g, h] = lanes as unknown as number[];
  const joined = a! + b! + (c! + d!) + (e! + f! + (g! + h!));
  return values.subarray(end).reduce((sum, value) => sum + value, joined);
}
