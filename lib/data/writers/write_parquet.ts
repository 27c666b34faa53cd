import type { ColumnSource } from 'hyparquet-writer';
import { writeFileAtomic } from '../../util/atomic_write.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { LoopPacer } from '../../util/yield.js';
import type { RowSource } from '../table/row_source.js';
import { type RowWriteOptions, refuse } from './write_rows.js';

type ParquetType = 'STRING' | 'INT32' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP' | 'JSON';

/** Rows encoded at a time, one row group: few enough that the event loop is not held. */
const GROUP_ROWS = 4096;

function typeOf(value: unknown, column: string, row: number): ParquetType {
  switch (typeof value) {
    case 'string':
      return 'STRING';
    case 'boolean':
      return 'BOOLEAN';
    case 'bigint':
      return 'INT64';
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0) ? 'INT32' : 'DOUBLE';
    case 'object':
      return value instanceof Date ? 'TIMESTAMP' : 'JSON';
    default:
      return refuse('toParquet', 'values must have a Parquet type', value, column, row);
  }
}

/** The narrowest type that holds every value of each column; a column of nulls alone is one of texts. */
async function typesOf(rows: RowSource<object>, pacer: LoopPacer): Promise<Map<string, ParquetType>> {
  const types = new Map<string, ParquetType>();
  for (let i = 0; i < rows.length; i++) {
    const row = rows.at(i) as Record<string, unknown>;
    for (const name of rows.columnNames) {
      const value = row[name] ?? null;
      if (value === null) continue;
      const type = typeOf(value, name, i);
      const known = types.get(name);
      if (known === undefined || (known === 'INT32' && type === 'DOUBLE')) types.set(name, type);
      else if (type !== known && !(known === 'DOUBLE' && type === 'INT32'))
        refuse('toParquet', `values of a column must be of one type (${known})`, value, name, i);
    }
    if (pacer.isDue()) await pacer.pause();
  }
  return types;
}

/** The columns of some rows, as the encoder takes them. */
function columnsOf(rows: RowSource<object>, types: Map<string, ParquetType>, start: number): ColumnSource[] {
  const length = Math.min(GROUP_ROWS, rows.length - start);
  const group = Array.from({ length }, (_, i) => rows.at(start + i) as Record<string, unknown>);
  return rows.columnNames.map((name) => ({
    name,
    type: types.get(name) ?? 'STRING',
    nullable: true,
    data: group.map((row) => {
      const value = row[name] ?? null;
      return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<unknown>) : value;
    }),
  }));
}

async function* piecesOf(rows: RowSource<object>, pacer: LoopPacer): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const types = await typesOf(rows, pacer);
  const writer = new ByteWriter();
  const take = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  const parquet = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: columnsOf(rows, types, 0) }),
  });
  for (let start = 0; start < rows.length; start += GROUP_ROWS) {
    await parquet.write({ columnData: columnsOf(rows, types, start), rowGroupSize: GROUP_ROWS });
    yield take();
    await pacer.pause();
  }
  await parquet.finish();
  yield take();
}

/** @internal */
export async function writeParquet(path: string, rows: RowSource<object>, options: RowWriteOptions): Promise<void> {
  checkOptionNames('toParquet', options, ['signal']);
  await writeFileAtomic(path, piecesOf(rows, new LoopPacer('toParquet', options)), options);
}
