import type { ModelConfig } from '../../config.js';
import type { StackNames, StackSpec } from '../decoder/spec.js';
import type { ShiftRule } from './inputs.js';

/** A family of encoder-decoders: what the shared models need to know of it. @internal */
export interface Seq2SeqFamily<Config extends ModelConfig> {
  /** Name of what is below a head, in models that have one; '' adds no level. */
  prefix: string;
  names: {
    /** The words' table that both stacks share. */
    shared: string;
    encoder(config: Config): StackNames;
    decoder(config: Config): StackNames;
  };
  encoder(config: Config): StackSpec;
  decoder(config: Config): StackSpec;
  /** Whether there is a words' table beside the stacks' own. */
  hasShared(config: Config): boolean;
  /** Whether both stacks read that one, and have none of their own; else it is saved and never read. */
  sharesWords(config: Config): boolean;
  shift(config: Config): ShiftRule;
  /** Whether the decoder reads the source where nothing else is given. */
  readsSource: boolean;
  /** How the words' scores are made. */
  words: {
    /** A bias of the scores that is not trained; where checkpoints have one. */
    bias?: string;
    /** Factor of the states before. */
    scale?(config: Config): number;
  };
  /** From a sequence's last end token to its scores; only for families that have it. */
  sequences?(config: Config): {
    names: { dense: string; classifier: string };
    dropout: number;
    ends: readonly number[];
  };
}
