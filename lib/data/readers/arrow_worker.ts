import { parentPort } from 'node:worker_threads';
import { unpackMessage } from './arrow_bodies.js';
import type { ArrowMessage } from './arrow_frames.js';

/** The answer to a packed message: an unpacked one, or what went wrong. @internal */
export type ArrowReply = ArrowMessage | { error: string };

parentPort!.on('message', (message: ArrowMessage) => {
  let reply: ArrowReply;
  try {
    reply = unpackMessage(message);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort!.postMessage(reply, 'body' in reply ? [reply.body.buffer] : []);
});
