// A process on the device `cuda` (the emulated one is told by GRIDSTRIDE_EMULATION what goes wrong) that prints what it
// saw as one JSON object.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

const root = path.resolve(import.meta.dirname, '../../..');
const lib = await import(path.join(root, 'dist/lib/index.js'));
const {
  AdamW,
  AutoModelForSequenceClassification,
  BertConfig,
  add,
  configure,
  devices,
  memory,
  noGrad,
  releaseCache,
  sync,
  tensor,
  zeros,
} = lib;
const device = 'cuda';

const outcome = async (call) => {
  try {
    return await call();
  } catch (error) {
    return { name: error.name, code: error.code, message: error.message };
  }
};

function model() {
  const config = new BertConfig({
    vocabSize: 50,
    hiddenSize: 32,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 64,
    maxPositionEmbeddings: 64,
    hiddenDropoutProb: 0,
    attentionProbsDropoutProb: 0,
  });
  const made = AutoModelForSequenceClassification.fromConfig(config, { seed: 1, device });
  made.train();
  return made;
}

/** The loss of one training step on so many rows. */
async function step(bert, optimizer, rows) {
  const inputIds = Array.from({ length: rows }, (_, i) => Array.from({ length: 48 }, (_, j) => (i * 7 + j) % 50));
  const output = bert.forward({ inputIds, labels: inputIds.map((_, i) => i % 2) });
  try {
    output.loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return await output.loss.item();
  } finally {
    output.dispose();
  }
}

const MIB = 2 ** 20;

/** Takes the device's memory, all but `room` bytes; returns what holds it. */
async function fillDevice(room) {
  const held = [];
  let bytes = Math.min(2 ** 30, devices().find(({ id }) => id === 'cuda:0').memoryBytes / 4);
  while (bytes >= MIB / 4) {
    const block = zeros([Math.floor(bytes / 4)], { device });
    try {
      await sync(device);
      held.push(block);
    } catch (error) {
      if (error.code !== 'OUT_OF_MEMORY') throw error;
      block.dispose();
      bytes /= 2;
    }
  }
  for (let freed = 0; freed < room && held.length > 0;) {
    const block = held.pop();
    freed += block.size * 4;
    block.dispose();
  }
  releaseCache(device);
  return held;
}

const scenarios = {
  // The same on a device whose memory is all but taken.
  async full_device() {
    const bert = model();
    const optimizer = new AdamW([...bert.parameters()], { lr: 1e-3 });
    const first = await step(bert, optimizer, 2);
    const room = Math.min(64 * MIB, devices().find(({ id }) => id === 'cuda:0').memoryBytes / 2);
    const held = await fillDevice(room);
    const large = await outcome(() => step(bert, optimizer, (room / MIB) * 256));
    await sync(device).catch(() => {});
    optimizer.zeroGrad();
    const second = await outcome(() => step(bert, optimizer, 2));
    for (const block of held) block.dispose();
    return { first, large, second, blocks: held.length };
  },

  wrong_ordinal: async () => ({ wrong: await outcome(() => tensor([1], { device: 'cuda:77' })) }),

  // A batch that does not fit, then one that does.
  async out_of_memory() {
    const bert = model();
    const optimizer = new AdamW([...bert.parameters()], { lr: 1e-3 });
    const first = await step(bert, optimizer, 2);
    const large = await outcome(() => step(bert, optimizer, 64));
    await sync(device).catch(() => {});
    optimizer.zeroGrad();
    return { first, large, second: await outcome(() => step(bert, optimizer, 2)) };
  },

  // The same where passes are recorded: what a bucket that does not fit had taken goes with it.
  async out_of_memory_compiled() {
    const bert = model().eval();
    const bucket = (rows) => ({ batch: rows, tokens: 48 * rows, maxLength: 48 });
    const pass = async (rows) => {
      const inputIds = Array.from({ length: rows }, (_, i) => Array.from({ length: 48 }, (_, j) => (i * 7 + j) % 50));
      const outputs = noGrad(() => bert.forward({ inputIds }));
      try {
        return (await outputs.logits.data()).length;
      } finally {
        outputs.dispose();
      }
    };
    bert.compile({ buckets: [bucket(24)] });
    const large = [await outcome(() => pass(24)), await outcome(() => pass(24))];
    await sync(device).catch(() => {});
    bert.compile({ buckets: [bucket(2)] });
    return { large, small: [await outcome(() => pass(2)), await outcome(() => pass(1)), await outcome(() => pass(2))] };
  },

  async lost() {
    const bert = model();
    const optimizer = new AdamW([...bert.parameters()], { lr: 1e-3 });
    const during = await outcome(() => step(bert, optimizer, 2));
    const after = await outcome(() => add(tensor([1], { device }), 1).toArray());
    return { during, after, cpu: await add(tensor([1], { device: 'cpu' }), 1).toArray() };
  },

  async refused() {
    const x = tensor([1, 2], { device });
    const first = await outcome(() => add(x, 1).toArray());
    return { first, second: await outcome(() => add(x, 1).toArray()) };
  },

  // Two worker threads on one device, each with its own tensors.
  async workers() {
    const source = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { add, mul, tensor } = await import(workerData.library);
      let x = tensor(new Float32Array(100).fill(workerData.value), { device: 'cuda' });
      for (let i = 0; i < 50; i++) x = add(mul(x, 1), 1);
      parentPort.postMessage([...new Set(await x.toArray())]);
    `;
    const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
    const library = pathToFileURL(path.join(root, 'dist/lib/index.js')).href;
    const run = (value) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(url, { workerData: { library, value } });
        worker.once('message', resolve).once('error', reject);
      });
    return { values: await Promise.all([run(1000), run(2000)]) };
  },

  // Work is queued, and memory held, when the process ends.
  async exit() {
    let x = tensor(new Float32Array(1 << 14), { device });
    for (let i = 0; i < 200; i++) x = add(x, 1);
    process.exit(0);
  },

  devices: () => ({ devices: devices() }),
};

configure({ maxQueuedOps: 4096 });
const seen = await scenarios[process.argv[2]]();
console.log(JSON.stringify({ ...seen, liveBytes: process.argv[2] === 'devices' ? 0 : memory(device).liveBytes }));
