import { readFileSync } from 'node:fs';
import { maskedCrc } from '../../../lib/train/report/tensorboard_file.js';

type Field = [number: number, wire: number, value: bigint | Buffer];

function varint(bytes: Buffer, start: number): [value: bigint, end: number] {
  let [value, shift, at] = [0n, 0n, start];
  for (; ; shift += 7n) {
    const byte = bytes[at++]!;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [value, at];
  }
}

/** The fields of a protobuf message: numbers as they are on the wire. */
function fields(message: Buffer): Field[] {
  const found: Field[] = [];
  for (let at = 0; at < message.length;) {
    const [key, after] = varint(message, at);
    const wire = Number(key & 7n);
    if (wire === 0) {
      const [value, end] = varint(message, after);
      found.push([Number(key >> 3n), wire, value]);
      at = end;
      continue;
    }
    const [size, begin] = wire === 2 ? varint(message, after) : [wire === 1 ? 8n : 4n, after];
    at = begin + Number(size);
    found.push([Number(key >> 3n), wire, message.subarray(begin, at)]);
  }
  return found;
}

/** One event of a file: what kind of value stands under which tag at which step. */
export interface ReadEvent {
  step: number;
  tag: string;
  kind: 'version' | 'scalar' | 'text';
  value: number;
}

function parseEvent(message: Buffer): ReadEvent[] {
  const parts = fields(message);
  const step = Number(parts.find(([number]) => number === 2)?.[2] ?? 0n);
  const version = parts.find(([number]) => number === 3)?.[2];
  if (version !== undefined) return [{ step, tag: String(version), kind: 'version', value: 0 }];
  return parts.flatMap(([number, , summary]) => {
    if (number !== 5) return [];
    return fields(summary as Buffer).map(([, , item]): ReadEvent => {
      const values = fields(item as Buffer);
      const tag = String(values.find(([at]) => at === 1)![2]);
      const scalar = values.find(([at, wire]) => at === 2 && wire === 5)?.[2] as Buffer | undefined;
      return { step, tag, kind: scalar === undefined ? 'text' : 'scalar', value: scalar?.readFloatLE() ?? NaN };
    });
  });
}

/** All events of a TensorBoard file, with their checksums verified. */
export function readEvents(file: string): ReadEvent[] {
  const bytes = readFileSync(file);
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const message = bytes.subarray(at + 12, at + 12 + length);
    if (bytes.readUInt32LE(at + 8) !== maskedCrc(bytes.subarray(at, at + 8))) throw new Error('length is damaged');
    if (bytes.readUInt32LE(at + 12 + length) !== maskedCrc(message)) throw new Error('record is damaged');
    events.push(...parseEvent(message));
    at += 16 + length;
  }
  return events;
}
