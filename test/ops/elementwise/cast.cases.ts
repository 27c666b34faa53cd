import { cast, type DType } from '../../../lib/index.js';
import { opCase, type OpCase, quarters } from '../cases.js';
import { map } from '../reference.js';
import { roundTo } from '../rounding.js';

// Quarters are exact in every floating dtype: the cast's own rounding is all there is.
function castCase(to: DType): OpCase {
  return opCase({
    name: `cast to ${to} (3, 35)`,
    inputs: [{ shape: [3, 35], values: quarters }],
    options: to,
    run: ([x], to) => cast(x!, to),
    reference: ([x], to) => map(x!, (v) => roundTo(to, v)),
    // Finite differences in f64 do not survive a narrower type.
    gradient: to === 'f64',
  });
}

export const cases = (['f32', 'bf16', 'f16', 'f64', 'i64', 'i32', 'u8', 'bool'] as const).map(castCase);

cases.push(
  opCase({
    name: 'cast from f32 to bf16 and back (257)',
    inputs: [{ shape: [257], dtype: 'f32' }],
    options: undefined,
    run([x]) {
      const narrow = cast(x!, 'bf16');
      const wide = cast(narrow, 'f32');
      narrow.dispose();
      return wide;
    },
    reference: ([x]) => map(x!, (v) => roundTo('bf16', v)),
    gradient: false,
    dtypes: ['f32'],
  }),
);
