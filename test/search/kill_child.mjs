// Searches with a tiny model, telling of every trial and step; the parent may kill it at any of them.
const [library, outputDir] = process.argv.slice(2);
const lib = await import(library);

const config = new lib.BertConfig({
  vocabSize: 20,
  hiddenSize: 16,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 16,
  maxPositionEmbeddings: 12,
});
const rows = lib.Dataset.fromArray(
  Array.from({ length: 12 }, (_, i) => ({ inputIds: [1, 2 + (i % 7), i % 2 ? 4 : 12, 3], label: i % 2 })),
);
const tell = (message) => new Promise((resolve) => process.send(message, resolve));
const { trials } = await lib.hyperparameterSearch({
  args: { outputDir, maxSteps: 8, saveSteps: 2, perDeviceTrainBatchSize: 4, disableTqdm: true },
  space: { learningRate: { type: 'log_uniform', min: 1e-4, max: 1e-2 } },
  trials: 3,
  modelInit: () => lib.AutoModelForSequenceClassification.fromConfig(config, { seed: 1, device: 'cpu' }),
  trainDataset: rows,
  evalDataset: rows,
  callbacks: ({ id }) => [{ onStepEnd: ({ state }) => tell({ id, step: state.globalStep }) }],
});
await tell({ objectives: trials.map(({ objective }) => objective) });
process.disconnect();
