/** Table of the CRC-32C polynomial, reflected (Castagnoli, 1993). */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** The masked CRC-32C of TensorFlow's record files. @internal */
export function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One record: length, its checksum, the bytes, their checksum. Format: TensorFlow's record_writer.h. @internal */
export function record(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(bytes.length + 16);
  framed.writeBigUInt64LE(BigInt(bytes.length), 0);
  framed.writeUInt32LE(maskedCrc(framed.subarray(0, 8)), 8);
  framed.set(bytes, 12);
  framed.writeUInt32LE(maskedCrc(bytes), 12 + bytes.length);
  return framed;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) return Buffer.from(bytes);
  }
}

/** Fields of a protobuf message: numbers of their tags and wire types, then their values. */
const key = (field: number, wire: number) => varint(field * 8 + wire);
const integer = (field: number, value: number) => Buffer.concat([key(field, 0), varint(value)]);
const nested = (field: number, value: Uint8Array) => Buffer.concat([key(field, 2), varint(value.length), value]);
const text = (field: number, value: string) => nested(field, Buffer.from(value));

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), bytes]);
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, 5), bytes]);
}

/** tensorflow.Event: wall_time 1, step 2, file_version 3, summary 5. */
function event(parts: { step?: number; body: Uint8Array }): Buffer {
  const step = parts.step === undefined ? [] : [integer(2, parts.step)];
  return record(Buffer.concat([double(1, Date.now() / 1e3), ...step, parts.body]));
}

/** The record a file of events begins with. @internal */
export function versionEvent(): Buffer {
  return event({ body: text(3, 'brain.Event:2') });
}

/** A number at a step: Summary.Value with tag 1 and simple_value 2. @internal */
export function scalarEvent(tag: string, value: number, step: number): Buffer {
  const item = Buffer.concat([text(1, tag), float(2, value)]);
  return event({ step, body: nested(5, nested(1, item)) });
}

/** A text: Summary.Value with tag 1, a tensor of one string 8, and the plugin that shows it 9. @internal */
export function textEvent(tag: string, value: string): Buffer {
  const shape = nested(2, nested(2, integer(1, 1)));
  const STRING = 7;
  const content = Buffer.concat([integer(1, STRING), shape, text(8, value)]);
  const item = Buffer.concat([
    text(1, `${tag}/text_summary`),
    nested(8, content),
    nested(9, nested(1, text(1, 'text'))),
  ]);
  return event({ body: nested(5, nested(1, item)) });
}
