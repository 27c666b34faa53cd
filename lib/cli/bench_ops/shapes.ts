import { didYouMean } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import type { OpCase, OpCases } from './cases.js';
import { SHAPED_OPS, type ShapedOp, type Sizes } from './shaped_ops.js';

/** More elements than this in one tensor is a slip of the finger. */
const MOST_ELEMENTS = 2 ** 31 - 1;

function lettersOf({ letters, optional = {} }: ShapedOp): string {
  const rest = Object.keys(optional).map((letter) => `[${letter}]`);
  return [...letters, ...rest].join(', ');
}

function checkedSize(op: string, part: string): [letter: string, size: number] {
  const [letter = '', text = '', ...rest] = part.split('=').map((word) => word.trim());
  const size = text === '' || rest.length > 0 ? NaN : Number(text);
  const isFlag = letter === 'causal';
  if (Number.isInteger(size) && size >= (isFlag ? 0 : 1) && size <= (isFlag ? 1 : MOST_ELEMENTS)) return [letter, size];
  const rule = isFlag ? '0 or 1' : `an integer from 1 to ${MOST_ELEMENTS}`;
  throw new ConfigError(
    `bench ops: --shape of ${op} must give each letter ${rule}, as in ${letter || 'n'}=1, got ${part}`,
    {
      op,
      part,
    },
  );
}

/**
 * The sizes that a shape names, `b=8,h=12,s=512,d=64`.
 * @throws ConfigError for a letter that the op does not have, lacks or has twice, and for what is no size
 */
function parseSizes(name: string, op: ShapedOp, shape: string): Sizes {
  const sizes: Record<string, number> = {};
  const known = [...op.letters, ...Object.keys(op.optional ?? {})];
  for (const part of shape.split(',')) {
    const [letter, size] = checkedSize(name, part);
    if (!known.includes(letter) || letter in sizes) {
      const got = letter in sizes ? `${letter} twice` : `${letter}${didYouMean(letter, known)}`;
      throw new ConfigError(`bench ops: --shape of ${name} must name ${lettersOf(op)}, got ${got}`, {
        op: name,
        letter,
      });
    }
    sizes[letter] = size;
  }
  const missing = op.letters.find((letter) => !(letter in sizes));
  if (missing !== undefined)
    throw new ConfigError(`bench ops: --shape of ${name} must name ${lettersOf(op)}, got no ${missing}`, {
      op: name,
      letter: missing,
    });
  for (const [letter, otherwise] of Object.entries(op.optional ?? {})) sizes[letter] ??= otherwise(sizes);
  return sizes;
}

/**
 * Cases of one op with the caller's shapes.
 * @param shapes `m=1024,n=3072,k=768` each
 * @throws ConfigError for an op that takes no shapes, or a shape that does not name its letters
 * @internal
 */
export function shapedCases(name: string, shapes: readonly string[]): OpCases {
  const op = SHAPED_OPS[name];
  const known = Object.keys(SHAPED_OPS);
  if (op === undefined || !known.includes(name))
    throw new ConfigError(`bench ops: --op must be one of ${known.join(', ')}, got ${name}${didYouMean(name, known)}`, {
      op: name,
      known,
    });
  if (shapes.length === 0)
    throw new ConfigError(`bench ops: --op ${name} needs a --shape that names ${lettersOf(op)}`, { op: name });
  const cases = shapes.map((shape): OpCase => {
    const sizes = parseSizes(name, op, shape);
    const inputs = op.inputs(sizes);
    const largest = Math.max(...inputs.map((input) => input.shape.reduce((product, n) => product * n, 1)));
    if (largest > MOST_ELEMENTS)
      throw new ConfigError(`bench ops: --shape must make tensors of less than 2^31 elements, got ${largest}`, {
        shape,
      });
    return {
      name: `${name} ${shape}`,
      inputs,
      options: undefined,
      run: (tensors, _, context) => op.run(tensors, sizes, context),
    };
  });
  return { op: name, cases };
}
