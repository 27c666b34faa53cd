/** How close comparisons came to their bounds since somebody last asked. */
export interface WorstError {
  /** Of the error that is allowed. */
  readonly share: number;
  /** The error itself, as a part of the largest expected value. */
  readonly relative: number;
}

let worst: WorstError | undefined;

/** Remembers a comparison if none came closer to its bound: proofs on hardware report the worst of each op. */
export function noteError(share: number, relative: number): void {
  if (worst === undefined || !(share <= worst.share)) worst = { share, relative };
}

/** The worst comparison since the last call, if there was any. */
export function takeWorstError(): WorstError | undefined {
  const taken = worst;
  worst = undefined;
  return taken;
}
