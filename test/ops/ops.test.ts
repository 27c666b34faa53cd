import { devices } from '../../lib/index.js';
import { describeCases } from './suite.js';

/** Sets that add products of 16-bit numbers to another's code, and what their twins are named by. */
const PRODUCT_SETS = ['avx512-bf16', 'amx-bf16', 'neon-bf16'];
/** Sets that differ from the one before them in other ops alone. */
const SAME_CODE = ['avx512-vnni', 'amx-int8'];

const sets = devices()[0]!.instructionSets!;
const places = sets.filter((set) => ![...PRODUCT_SETS, ...SAME_CODE].includes(set)).map((set) => `cpu:${set}`);
const products = PRODUCT_SETS.map((set) => `cpu:${set}${sets.includes(set) ? '' : ':plain'}`);
await describeCases(places, ['cpu:reference', ...places.slice(-1)]);
await describeCases(products, [], { folders: ['gemm', 'attention'], dtypes: ['bf16'] });
