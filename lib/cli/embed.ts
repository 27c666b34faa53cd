import type { FeatureExtractionPipeline } from '../pipelines/feature_extraction.js';
import { pipeline } from '../pipelines/index.js';
import { POOLINGS } from '../models/sentence_embeddings.js';
import { ConfigError } from '../util/errors.js';
import { flag, integer, oneOf, parseFields } from '../util/fields.js';
import { pathField } from './classify/options.js';
import { dataFields } from './flags/data_fields.js';
import { dtypeFields, hubFields, placeFields, useThreads } from './flags/engine_fields.js';
import { addFlags, type Fields, flagName, pickFields } from './flags/fields.js';
import type { CliIo, RegisterVerb } from './io.js';
import { columnsOf } from './task/columns.js';
import { plainNumbers } from './task/plain_numbers.js';
import { readRows, type TextRow } from './task/read_rows.js';
import { lineFields, writeLines } from './task/write_lines.js';

const { labelColumn: _, labelSeparator: __, ...textFields } = dataFields;

const ownFields = {
  model: pathField('folder of a model, or a name on the hub; of sentence-transformers, it says how texts are pooled'),
  input: pathField('file of texts, or - for standard input'),
  pooling: oneOf(...POOLINGS)
    .optional()
    .describe(`${POOLINGS.join(', ')}; else what the folder says, or mean`),
  normalize: flag().optional().describe('whether embeddings get length 1; else what the folder says, or not'),
  maxLength: integer().optional().describe("most tokens of a text; else what the folder says, or the model's limit"),
  ...lineFields,
} satisfies Fields;
const fields = { ...ownFields, ...textFields, ...placeFields, ...dtypeFields, ...hubFields };

async function embed(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const options = parseFields('embed', fields, pickFields(fields, given), flagName);
  const { model, input, device, dtype, revision, normalize, maxLength } = options;
  for (const [name, value] of Object.entries({ model, input }))
    if (value === undefined) throw new ConfigError(`embed: ${flagName(name)} must be given, got none`);
  useThreads(options.threads);
  const columns = columnsOf('embed', input!, options);
  const place = { device, dtype, revision, signal: io.signal };
  const extract: FeatureExtractionPipeline = await pipeline('feature-extraction', model!, place);
  try {
    const pooling = options.pooling ?? (extract.pooling === 'none' ? 'mean' : extract.pooling);
    const tell = async (rows: readonly TextRow[]) => {
      const texts = rows.map(({ text, textPair }) => ({ text, textPair }));
      const embeddings = await extract(texts, { pooling, normalize, maxLength, signal: io.signal });
      return embeddings.map((embedding) => ({ embedding: plainNumbers(embedding) }));
    };
    const chunks = readRows('embed', input!, { columns, keepsBadRows: options.onError === 'record' }, io);
    await writeLines(chunks, tell, io);
  } finally {
    extract.dispose();
  }
}

/**
 * The verb `embed`: a JSON line with the embedding of each text, streamed, in order.
 * @internal
 */
export const registerEmbed: RegisterVerb = (program, io) => {
  const verb = program.command('embed').description('turn texts into vectors: a JSON line for each, in order');
  addFlags(verb, ownFields, 'Options:');
  addFlags(verb, { ...textFields, ...placeFields, ...dtypeFields, ...hubFields }, 'Data and model:');
  verb.action((options: Record<string, unknown>) => embed(options, io));
};
