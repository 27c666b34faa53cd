// Our side: node ours.js import|train BATCH SEQ STEPS THREADS. The last line written is {"peak": bytes}.
import {
  AdamW,
  AutoModelForSequenceClassification,
  clipGradNorm,
  configure,
  DistilBertConfig,
  PhiloxRandom,
  ready,
  sync,
} from 'gridstride';
import { peakResidentBytes } from '../../lib/util/process_memory.js';

async function train(batch: number, seq: number, steps: number): Promise<void> {
  const config = new DistilBertConfig({ numLabels: 2 });
  using model = AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu', seed: 0 }).train();
  const optimizer = new AdamW([...model.parameters()], { lr: 2e-5, weightDecay: 0.01 });
  const random = new PhiloxRandom(0);
  for (let step = 0; step < steps; step++) {
    const inputIds = Int32Array.from({ length: batch * seq }, () => 1 + random.nextBelow(config.vocabSize - 1));
    const lengths = Array<number>(batch).fill(seq);
    await ready('cpu');
    using outputs = model.forward({ inputIds, lengths, labels: lengths.map((_, i) => i % 2) });
    outputs.loss!.backward();
    clipGradNorm(optimizer.parameters(), 1).dispose();
    optimizer.step();
    optimizer.zeroGrad();
  }
  await sync('cpu');
  optimizer.dispose();
}

const [work, ...sizes] = process.argv.slice(2);
const [batch, seq, steps, threads] = sizes.map(Number) as [number, number, number, number];
configure({ threads });
if (work === 'train') await train(batch, seq, steps);
console.log(JSON.stringify({ peak: peakResidentBytes() }));
