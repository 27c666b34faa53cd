import { type DType, Generator, grad, Segments, slice, tensor, type Tensor, transpose } from '../../lib/index.js';
import { isFloating } from '../../lib/tensor/dtype.js';
import { memory } from '../../lib/tensor/device.js';
import { gradcheck } from '../gradcheck.js';
import { type CaseContext, type CaseInput, type Numbers, type OpCase, sequence, sizeOf } from './cases.js';
import { compare } from './tolerance.js';
import { roundTo } from './rounding.js';

/** Where the double-precision gradients come from. */
const ORACLE = 'cpu:reference';

/** Values of every input in double precision. */
export function drawInputs(opCase: OpCase): Numbers[] {
  const random = sequence(opCase.name.length * 7919 + opCase.inputs.length);
  return opCase.inputs.map(({ shape, values = () => random() * 2 - 1 }) => ({
    shape,
    data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => values(i, random)),
  }));
}

/** The inputs as tensors of a dtype would hold them. */
function rounded(opCase: OpCase, inputs: readonly Numbers[], dtype: DType): Numbers[] {
  return inputs.map((x, k) => ({
    shape: x.shape,
    data: x.data.map((value) => roundTo(opCase.inputs[k]!.dtype ?? dtype, value)),
  }));
}

/** Free with what it made. */
class Place implements CaseContext {
  readonly #owned: { dispose(): void }[] = [];
  constructor(
    readonly device: string,
    readonly dtype: DType,
  ) {}
  segments(lengths: readonly number[]): Segments {
    return this.own(Segments.fromLengths(lengths, this.device));
  }
  generator(seed: number): Generator {
    return this.own(new Generator(seed, this.device));
  }
  own<T extends { dispose(): void }>(value: T): T {
    this.#owned.push(value);
    return value;
  }
  dispose(): void {
    for (const value of this.#owned) value.dispose();
  }
}

type Layout = NonNullable<CaseInput['layout']> | 'dense';

const isDifferentiable = (input: CaseInput) => input.requiresGrad ?? input.dtype === undefined;

/** The leaf that holds an input's elements, and the view of it that the op gets. */
function place(input: CaseInput, x: Numbers, layout: Layout, where: Place) {
  const { device } = where;
  const dtype = input.dtype ?? where.dtype;
  const leafOf = (data: ArrayLike<number>, shape: readonly number[]) => {
    const leaf = where.own(tensor(Float64Array.from(data), { dtype, shape, device }));
    if (isDifferentiable(input) && isFloating(dtype)) leaf.withGrad();
    return leaf;
  };
  const rank = x.shape.length;
  if (layout === 'transposed' && rank >= 2) {
    const shape = [...x.shape.slice(0, -2), x.shape[rank - 1]!, x.shape[rank - 2]!];
    const [rows, columns] = [x.shape[rank - 2]!, x.shape[rank - 1]!];
    const data = x.data.map((_, i) => {
      const [matrix, at] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
      return x.data[matrix * rows * columns + (at % rows) * columns + Math.floor(at / rows)]!;
    });
    const leaf = leafOf(data, shape);
    return { leaf, view: where.own(transpose(leaf, rank - 2, rank - 1)) };
  }
  if (layout === 'sliced' && rank >= 1) {
    const columns = x.shape[rank - 1]!;
    const wide = columns + 3;
    const rows = columns === 0 ? sizeOf(x.shape.slice(0, -1)) : x.data.length / columns;
    const data = new Float64Array(rows * wide).fill(isFloating(dtype) ? NaN : -7);
    x.data.forEach((value, i) => (data[Math.floor(i / columns) * wide + 2 + (i % columns)] = value));
    const leaf = leafOf(data, [...x.shape.slice(0, -1), wide]);
    return { leaf, view: where.own(slice(leaf, rank - 1, 2, 2 + columns)) };
  }
  const leaf = leafOf(x.data, x.shape);
  return { leaf, view: leaf };
}

function placeAll(opCase: OpCase, inputs: readonly Numbers[], where: Place, layout?: Layout) {
  return opCase.inputs.map((input, k) => place(input, inputs[k]!, layout ?? input.layout ?? 'dense', where));
}

const listOf = <T>(result: T | readonly T[]): readonly T[] => (Array.isArray(result) ? result : [result as T]);

async function numbersOf(t: Tensor): Promise<Numbers> {
  return { shape: t.shape, data: Float64Array.from(await t.data(), Number) };
}

/** Outputs of the op on a device. */
async function evaluate(opCase: OpCase, inputs: readonly Numbers[], device: string, dtype: DType, layout?: Layout) {
  const where = new Place(device, dtype);
  try {
    const tensors = placeAll(opCase, inputs, where, layout).map(({ view }) => view);
    const outputs = listOf(opCase.run(tensors, opCase.options, where)).map((y) => where.own(y));
    return { dtypes: outputs.map((y) => y.dtype), values: await Promise.all(outputs.map(numbersOf)) };
  } finally {
    where.dispose();
  }
}

/** The value of a case on one device in one dtype against its reference. */
export async function checkValue(opCase: OpCase, device: string, dtype: DType, layout?: Layout): Promise<void> {
  const inputs = drawInputs(opCase);
  const { values, dtypes } = await evaluate(opCase, inputs, device, dtype, layout);
  const exact = listOf(opCase.reference(inputs, opCase.options));
  const naive = listOf(opCase.reference(rounded(opCase, inputs, dtype), opCase.options));
  if (values.length !== exact.length) throw new Error(`${values.length} outputs, the reference has ${exact.length}`);
  values.forEach((value, k) => compare(`output ${k}`, value, exact[k]!, naive[k]!, dtypes[k]!, opCase.slack ?? 1));
}

/** The gradient's definition against finite differences. */
export async function checkGradient(opCase: OpCase, layout?: Layout): Promise<void> {
  const where = new Place(ORACLE, 'f64');
  try {
    const placed = placeAll(opCase, drawInputs(opCase), where, layout);
    const views = opCase.inputs.map((input) => layout ?? input.layout ?? 'dense');
    const leaves = placed.map(({ leaf }) => leaf);
    const run = () => {
      const tensors = leaves.map((leaf, k) => viewOf(leaf, opCase.inputs[k]!, views[k]!));
      return listOf(opCase.run(tensors, opCase.options, where)).filter((y) => isFloating(y.dtype));
    };
    const wanted = leaves.filter((leaf) => leaf.requiresGrad);
    await gradcheck(run, wanted, opCase.step === undefined ? {} : { step: opCase.step });
  } finally {
    where.dispose();
  }
}

/** The op's view of a leaf, made anew so that it is on the tape of this evaluation. */
function viewOf(leaf: Tensor, input: CaseInput, layout: Layout): Tensor {
  const rank = input.shape.length;
  if (layout === 'transposed' && rank >= 2) return transpose(leaf, rank - 2, rank - 1);
  if (layout === 'sliced' && rank >= 1) return slice(leaf, rank - 1, 2, 2 + input.shape[rank - 1]!);
  return leaf;
}

async function gradients(opCase: OpCase, inputs: readonly Numbers[], device: string, dtype: DType, rounding: DType) {
  const where = new Place(device, dtype);
  try {
    const placed = placeAll(opCase, inputs, where);
    const tensors = placed.map(({ view }) => view);
    const outputs = listOf(opCase.run(tensors, opCase.options, where)).map((y) => where.own(y));
    const floating = outputs.filter((y) => isFloating(y.dtype) && y.requiresGrad);
    const random = sequence(5);
    const outputGrads = floating.map((y) => {
      const data = Float64Array.from({ length: y.size }, () => roundTo(rounding, random() * 2 - 1));
      return where.own(tensor(data, { dtype: y.dtype, shape: y.shape, device }));
    });
    const wanted = tensors.filter((t) => t.requiresGrad);
    const grads = grad(floating, wanted, { outputGrads });
    const missing = grads.findIndex((g) => g === undefined);
    if (missing >= 0) throw new Error(`input ${missing} got no gradient`);
    for (const g of grads) where.own(g!);
    return { dtypes: grads.map((g) => g!.dtype), values: await Promise.all(grads.map((g) => numbersOf(g!))) };
  } finally {
    where.dispose();
  }
}

/** The gradient on one device in one dtype against the reference device's in f64. */
export async function checkDeviceGradient(opCase: OpCase, device: string, dtype: DType): Promise<void> {
  const inputs = drawInputs(opCase);
  const exact = await gradients(opCase, inputs, ORACLE, 'f64', 'f64');
  const naive = await gradients(opCase, rounded(opCase, inputs, dtype), ORACLE, 'f64', dtype);
  const actual = await gradients(opCase, inputs, device, dtype, dtype);
  actual.values.forEach((value, k) =>
    compare(`gradient ${k}`, value, exact.values[k]!, naive.values[k]!, dtype, opCase.slack ?? 1),
  );
}

/** Forward and backward leave no tensor handle behind. */
export async function checkLeaks(opCase: OpCase, device: string): Promise<void> {
  const inputs = drawInputs(opCase);
  const dtype = opCase.dtypes?.[0] ?? 'f32';
  const before = memory(device).liveTensors;
  await evaluate(opCase, inputs, device, dtype);
  if (opCase.gradient !== false) await gradients(opCase, inputs, device, dtype, dtype);
  const after = memory(device).liveTensors;
  // Fewer: handles that earlier tests dropped were collected meanwhile.
  if (after > before) throw new Error(`${after - before} tensor handles were left behind`);
}
