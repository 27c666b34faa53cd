import { devices } from '../../lib/index.js';
import { describeCases } from './suite.js';

const places = devices()[0]!.instructionSets!.map((set) => `cpu:${set}`);
await describeCases(places, ['cpu:reference', ...places.slice(-1)]);
