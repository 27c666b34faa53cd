import { parentPort, workerData } from 'node:worker_threads';
import { makeOracle, oracleIds, oracleTemplates } from './oracle.js';
import type { Templates } from '../parts/templates.js';

/** What the worker is started with. @internal */
export interface FallbackWorkerData {
  /** tokenizer.json. */
  json: string;
  config: object;
}

/** @internal */
export interface FallbackRequest {
  call: number;
  texts: readonly string[];
}

/** Call 0 says that the tokenizer is there. @internal */
export type FallbackReply =
  { call: number; templates: Templates } | { call: number; ids: Int32Array[] } | { call: number; error: string };

const { json, config } = workerData as FallbackWorkerData;

function attempt(call: number, work: () => FallbackReply): void {
  let reply: FallbackReply;
  try {
    reply = work();
  } catch (error) {
    reply = { call, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort!.postMessage(reply);
}

attempt(0, () => {
  const tokenizer = makeOracle(JSON.parse(json) as object, config);
  parentPort!.on('message', ({ call, texts }: FallbackRequest) => {
    attempt(call, () => ({ call, ids: texts.map((text) => oracleIds(tokenizer, text)) }));
  });
  return { call: 0, templates: oracleTemplates(tokenizer) };
});
