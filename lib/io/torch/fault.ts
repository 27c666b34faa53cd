import type { ErrorFields } from '../../util/errors.js';

/** A file that breaks its format, as the part that notices says it; who knows the file's name makes the typed error. */
export class FormatFault extends Error {
  readonly fields: ErrorFields;

  /** @param message `rule, got values`. */
  constructor(message: string, fields: ErrorFields = {}) {
    super(message);
    this.fields = fields;
  }
}

/** The bytes at hand end before the pickle does: there may be more of them. */
export class PickleCutShort extends FormatFault {}
