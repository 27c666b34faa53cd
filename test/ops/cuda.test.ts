import { describe, it } from 'vitest';
import { cudaDevice } from '../cuda.js';
import { describeCases } from './suite.js';

if (cudaDevice === undefined) describe.skip('ops on cuda', () => it('need a GPU or the emulation', () => {}));
else await describeCases([cudaDevice], [cudaDevice]);
