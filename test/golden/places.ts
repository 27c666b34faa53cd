import { modelDevices } from '../cuda.js';
import type { ClassGolden } from './load.js';

const isFull = process.env['FULL'] === '1' || process.env['REQUIRE_CUDA'] === '1';

/**
 * What runs where: everything on the CPU; on the emulated CUDA device, which takes its time, one config of each class,
 * in turn, so that a family's classes together run all of its configs. With `FULL=1` (`npm run test:full`), and on a
 * GPU, everything everywhere.
 */
export function goldenPlaces(goldens: readonly ClassGolden[]): { device: string; golden: ClassGolden; name: string }[] {
  return modelDevices.flatMap((device) =>
    goldens.map((golden, turn) => {
      const all = golden.models;
      const models = device === 'cpu' || isFull ? all : [all[turn % all.length]!];
      return { device, golden: { ...golden, models }, name: golden.class };
    }),
  );
}
