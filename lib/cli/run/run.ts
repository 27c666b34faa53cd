import { pipeline, type PipelineTaskName } from '../../pipelines/index.js';
import { ConfigError, DataError, TokenizerError } from '../../util/errors.js';
import { parseFields } from '../../util/fields.js';
import { pathField } from '../classify/options.js';
import { dataFields } from '../flags/data_fields.js';
import { dtypeFields, hubFields, placeFields, useThreads } from '../flags/engine_fields.js';
import { addFlags, type Fields, flagName, pickFields } from '../flags/fields.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { columnsOf } from '../task/columns.js';
import { readRows, type TextRow } from '../task/read_rows.js';
import { lineFields, writeLines } from '../task/write_lines.js';
import { RUN_TASKS, type RunTask } from './tasks.js';

const { labelColumn: _, labelSeparator: __, ...textFields } = dataFields;
const ownFields = {
  model: pathField('folder of a model with a head for the task, or a name on the hub'),
  input: pathField('file of rows, or - for standard input'),
  ...lineFields,
} satisfies Fields;
const placing = { ...textFields, ...placeFields, ...dtypeFields, ...hubFields };
const fields = { ...ownFields, ...placing };

/** A row with its number, counted from 1. */
type NumberedRow = TextRow & { record: number };

/** Any pipeline, called with lists. */
type ListPipeline = Disposable & ((inputs: readonly unknown[], ...rest: readonly unknown[]) => Promise<unknown[]>);

async function* numbered(chunks: AsyncIterable<readonly TextRow[]>): AsyncGenerator<NumberedRow[]> {
  let record = 0;
  for await (const rows of chunks) yield rows.map((row) => ({ ...row, record: ++record }));
}

/** The errors that are a row's own: others end the run. */
function isOfRow(error: unknown): error is DataError | TokenizerError {
  return error instanceof DataError || error instanceof TokenizerError;
}

async function run(
  name: PipelineTaskName,
  task: RunTask,
  given: Readonly<Record<string, unknown>>,
  io: CliIo,
): Promise<void> {
  const where = `run ${name}`;
  const options = parseFields(where, fields, pickFields(fields, given), flagName);
  const asked: Record<string, unknown> = parseFields(where, task.fields, pickFields(task.fields, given), flagName);
  const { model, input, device, dtype, revision, onError } = options;
  const argument = task.argument === undefined ? {} : { [task.argument]: asked[task.argument] };
  for (const [field, value] of Object.entries({ model, input, ...argument }))
    if (value === undefined) throw new ConfigError(`${where}: ${flagName(field)} must be given, got none`);
  useThreads(options.threads);
  const columns = columnsOf(where, input!, options, task.columns);
  const calls = Object.fromEntries(Object.entries(asked).filter(([field]) => field !== task.argument));
  const rest = [...Object.values(argument), { ...calls, signal: io.signal }];
  using pipe = (await pipeline(name, model!, {
    device,
    dtype,
    revision,
    signal: io.signal,
  })) as unknown as ListPipeline;
  const source = input === '-' ? 'the stream' : input!;
  const tellOne = async (row: NumberedRow): Promise<object> => {
    try {
      // Each by itself, so that a bad row is nobody else's business; their batches are the same.
      const results = await pipe([task.inputOf?.(row) ?? row.text], ...rest);
      // Only pipelines that write one text from another give several for a list of one: those of --num-return-sequences.
      const result = results.length === 1 ? results[0] : results;
      return (task.lineOf === undefined ? result : task.lineOf(result as never)) as object;
    } catch (error) {
      if (!isOfRow(error)) throw error;
      const message = `${source}, row ${row.record}: ${error.message}`;
      if (onError === 'record') return { error: message };
      throw new DataError(message, { ...error.fields, row: row.record }, { cause: error });
    }
  };
  const chunks = readRows(where, input!, { columns, keepsBadRows: onError === 'record' }, io);
  await writeLines(numbered(chunks), (rows) => Promise.all(rows.map(tellOne)), io);
}

/**
 * The verb `run`: a JSON line with a pipeline's result of each row, streamed, in order.
 * @internal
 */
export const registerRun: RegisterVerb = (program, io) => {
  const verb = program.command('run').description("a task's pipeline over rows: a JSON line for each, in order");
  for (const [name, task] of Object.entries(RUN_TASKS)) {
    const command = verb.command(name).description(task.summary);
    if (task.alias !== undefined) command.alias(task.alias);
    addFlags(command, ownFields, 'Options:');
    addFlags(command, task.fields, 'Task:');
    addFlags(command, placing, 'Data and model:');
    command.action((given: Record<string, unknown>) => run(name as PipelineTaskName, task, given, io));
  }
};
