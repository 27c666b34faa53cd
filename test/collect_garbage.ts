import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Runs JavaScript's garbage collection now; finalizers run in a later turn of the event loop. */
export const collectGarbage = runInNewContext('gc') as () => void;
