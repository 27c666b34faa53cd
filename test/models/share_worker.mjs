// Opens a shared model on another thread, runs it and says what it gave.
import { parentPort, workerData } from 'node:worker_threads';

const { fromShared, memory } = await import(workerData.library);
const before = memory('cpu').liveBytes;
const model = fromShared(workerData.shared);
const { logits } = model.forward({ inputIds: workerData.inputIds });
const values = Array.from(await logits.data());
parentPort.postMessage({ values, added: memory('cpu').liveBytes - before });
parentPort.once('message', () => {
  if (workerData.disposes) model.dispose();
  process.exit(0);
});
