import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AutoModelForTokenClassification, AutoTokenizer } from '../../../../lib/index.js';
import { type CliRun, runInProcess, temporaryFolder } from '../../fixtures.js';
import { writeConfig, writeRows } from '../../tiny_task.js';

const GPT2 = { model_type: 'gpt2', n_positions: 32, n_embd: 16, n_layer: 1, n_head: 2, vocab_size: 300 };
const BART = {
  model_type: 'bart',
  d_model: 16,
  encoder_layers: 1,
  decoder_layers: 1,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 24,
  decoder_ffn_dim: 24,
  init_std: 0.2,
  max_position_embeddings: 48,
  vocab_size: 300,
};

const readJson = (...parts: string[]) =>
  JSON.parse(readFileSync(path.join(...parts), 'utf8')) as Record<string, unknown>;

function writeLines(file: string, lines: readonly string[]): string {
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Trains a tiny model for a task and evaluates it on the same rows. */
async function trainTask(
  folder: string,
  task: string,
  { config = {}, train, flags = [] }: { config?: object; train: string; flags?: string[] },
): Promise<{ result: Record<string, number>; run: CliRun; out: string }> {
  const out = path.join(folder, 'out');
  const pace = ['--learning-rate', '1e-2', '--save-strategy', 'no', '--disable-tqdm', '--report-to', 'none'];
  const run = await runInProcess(
    ...['train', '--task', task, '--model', writeConfig(folder, config), '--train', train, '--eval', train],
    ...['--output-dir', out, '--device', 'cpu', '--json', ...pace, ...flags],
  );
  if (run.code !== 0) throw new Error(run.stderr);
  return { result: JSON.parse(run.stdout) as Record<string, number>, run, out };
}

const NAMES = ['Ada', 'Bob', 'Eve'];
const PLACES = ['Rome', 'Oslo', 'Lima'];
const sentences = Array.from({ length: 9 }, (_, i) => [
  `${NAMES[i % 3]} B-PER`,
  'saw O',
  `${PLACES[(i * 2) % 3]} B-LOC`,
  ...(i % 2 ? ['again O'] : []),
]);

describe('gridstride train --task', () => {
  it('token-classification learns entities of CoNLL files, and the folder holds their names', async () => {
    const folder = temporaryFolder();
    const train = writeLines(
      path.join(folder, 'train.conll'),
      sentences.flatMap((lines) => [...lines, '']),
    );
    const { result, run, out } = await trainTask(folder, 'token-classification', {
      train,
      flags: ['--num-train-epochs', '8', '--metric-for-best-model', 'f1'],
    });
    expect(run.stderr).toContain('9 rows to train on, 9 to evaluate on; 3 classes of words (B-LOC, B-PER, O)');
    expect(result).toMatchObject({ evalF1: 1, evalPrecision: 1, evalRecall: 1, evalAccuracy: 1 });
    expect(readJson(out, 'data_args.json')).toMatchObject({ task: 'token-classification', text_column: 'tokens' });
    expect(readJson(out, 'config.json')).toMatchObject({ architectures: ['BertForTokenClassification'] });
    const model = await AutoModelForTokenClassification.fromPretrained(out, { device: 'cpu' });
    const { inputIds } = await (await AutoTokenizer.fromPretrained(out))(['Eve saw Lima']);
    expect(model.eval().forward({ inputIds }).logits.shape[2]).toBe(3);
    model.dispose();
    const evaluated = await runInProcess('eval', '--model', out, '--data', train, '--device', 'cpu', '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ f1: 1, samples: 9 });
  });

  it('question-answering learns where answers stand, from SQuAD files', async () => {
    const folder = temporaryFolder();
    const paragraphs = Array.from({ length: 6 }, (_, i) => {
      const context = `${NAMES[i % 3]} went to ${PLACES[i % 3]} by train`;
      const answer = PLACES[i % 3]!;
      const answers = [{ text: answer, answer_start: context.indexOf(answer) }];
      return { context, qas: [{ id: `q${i}`, question: `where did ${NAMES[i % 3]} go ?`, answers }] };
    });
    const train = path.join(folder, 'train.json');
    writeFileSync(train, JSON.stringify({ version: '1.1', data: [{ title: 't', paragraphs }] }));
    const flags = ['--num-train-epochs', '30', '--max-length', '24', '--stride', '4'];
    const { result, out } = await trainTask(folder, 'question-answering', { train, flags });
    expect(result).toMatchObject({ evalExactMatch: 100, evalF1: 100 });
    expect(readJson(out, 'data_args.json')).toMatchObject({ text_pair_column: 'context', max_length: 24, stride: 4 });
    const evaluated = await runInProcess('eval', '--model', out, '--data', train, '--device', 'cpu', '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ exactMatch: 100, f1: 100, samples: 6 });
    const text = path.join(folder, 'rows.jsonl');
    expect((await runInProcess('predict', '--model', out, '--input', text)).stderr).toContain(
      'predict: --model must be a classifier of texts, got one for question-answering',
    );
    expect((await runInProcess('eval', '--model', out, '--data', train, '--threshold', '0.2')).stderr).toContain(
      'eval: --threshold needs a classifier of texts, got a model for question-answering',
    );
  });

  it('masked-lm and causal-lm learn words of plain texts', async () => {
    const folder = temporaryFolder();
    const train = writeLines(
      path.join(folder, 'texts.txt'),
      Array.from({ length: 40 }, () => 'the cat sat on the mat'),
    );
    const masked = await trainTask(folder, 'masked-lm', {
      train,
      flags: ['--num-train-epochs', '4', '--max-length', '16', '--whole-word-mask', '--mlm-probability', '0.3'],
    });
    expect(masked.result['evalPerplexity']).toBeCloseTo(Math.exp(masked.result['evalLoss']!), 6);
    expect(masked.result['evalLoss']).toBeLessThan(masked.result['trainLoss']!);
    const causal = await trainTask(folder, 'causal-lm', {
      config: GPT2,
      train,
      flags: ['--num-train-epochs', '6', '--max-length', '16', '--per-device-train-batch-size', '4'],
    });
    expect(causal.result['evalLoss']).toBeLessThan(1);
    expect(readJson(causal.out, 'config.json')).toMatchObject({ bos_token_id: 0, eos_token_id: 0 });
  });

  it('eval judges models as training did: with its rows, hidden words and beams', async () => {
    const folder = temporaryFolder();
    const train = writeLines(
      path.join(folder, 'texts.txt'),
      Array.from({ length: 20 }, (_, i) => `${NAMES[i % 3]} saw ${PLACES[i % 2]} ${'again '.repeat(i % 4)}`),
    );
    const pairs = writeLines(path.join(folder, 'pairs.tsv'), ['go\tve', 'run\tcorre']);
    const few = ['--max-steps', '1'];
    const beams = [
      '--no-header',
      '--predict-with-generate',
      '--generation-max-length',
      '9',
      '--generation-num-beams',
      '2',
    ];
    for (const [task, config, file, flags] of [
      ['causal-lm', GPT2, train, ['--line-by-line']],
      ['masked-lm', {}, train, ['--whole-word-mask', '--mlm-probability', '0.5', '--line-by-line']],
      ['seq2seq', BART, pairs, beams],
    ] as const) {
      const { result, out } = await trainTask(folder, task, { config, train: file, flags: [...few, ...flags] });
      const { stdout } = await runInProcess('eval', '--model', out, '--data', file, '--device', 'cpu', '--json');
      const { loss, generatedLength } = JSON.parse(stdout) as Record<string, number>;
      expect(loss, task).toBeCloseTo(result['evalLoss']!, 5);
      expect(generatedLength, task).toBe(result['evalGeneratedLength']);
    }
  });

  it('entailment learns from premises and hypotheses, and wants a class of that name', async () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 12 }, (_, i) => ({
      premise: `${NAMES[i % 3]} sleeps`,
      hypothesis: i % 2 ? `${NAMES[i % 3]} rests` : `${NAMES[i % 3]} runs`,
      label: i % 2 ? 'entailment' : 'contradiction',
    }));
    const { result, out } = await trainTask(folder, 'entailment', {
      train: writeRows(path.join(folder, 'train.jsonl'), rows),
      flags: ['--num-train-epochs', '12'],
    });
    expect(result['evalAccuracy']).toBe(1);
    expect(readJson(out, 'config.json')['label2id']).toEqual({ contradiction: 0, entailment: 1 });
    const numbers = writeRows(
      path.join(folder, 'numbers.jsonl'),
      rows.map((row, i) => ({ ...row, label: i % 2 })),
    );
    await expect(trainTask(folder, 'entailment', { train: numbers })).rejects.toThrow(
      'entailment needs a class of that name, got 0, 1 (--labels names numbers)',
    );
    const named = await trainTask(folder, 'entailment', {
      train: numbers,
      flags: ['--labels', 'contradiction,entailment', '--max-steps', '1'],
    });
    expect(named.result['globalStep']).toBe(1);
  });

  it('seq2seq learns to write, from pairs with tabs between', async () => {
    const folder = temporaryFolder();
    const words = ['go\tve', 'run\tcorre', 'eat\tcome', 'see\tmira'];
    const train = writeLines(path.join(folder, 'pairs.tsv'), [...words, ...words]);
    const { result, out } = await trainTask(folder, 'seq2seq', {
      config: BART,
      train,
      flags: ['--no-header', '--num-train-epochs', '30', '--max-length', '12', '--predict-with-generate'],
    });
    expect(result['evalLoss']).toBeLessThan(result['trainLoss']!);
    expect(result['evalChrf']).toBeGreaterThan(40);
    expect(result['evalGeneratedLength']).toBeGreaterThan(2);
    const evaluated = await runInProcess('eval', '--model', out, '--data', train, '--device', 'cpu', '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({
      chrf: result['evalChrf'],
      bleu: result['evalBleu'],
      samples: 8,
    });
    expect(readJson(out, 'config.json')).toMatchObject({ pad_token_id: 1, decoder_start_token_id: 2 });
    expect(readJson(out, 'data_args.json')).toMatchObject({
      task: 'seq2seq',
      label_column: '2',
      max_length: 12,
    });
  });
});

describe('what train refuses', () => {
  const folder = () => temporaryFolder();
  const refusal = async (place: string, task: string, train: string, ...flags: string[]) => {
    const model = writeConfig(place, task === 'seq2seq' ? {} : flags.includes('gpt2') ? GPT2 : {});
    const rest = flags.filter((flag) => flag !== 'gpt2');
    const out = path.join(place, 'out');
    const run = await runInProcess(
      'train',
      '--task',
      task,
      '--model',
      model,
      '--train',
      train,
      '--output-dir',
      out,
      ...rest,
    );
    expect(run.code).toBe(2);
    return run.stderr;
  };

  it('a task the model has no head for, naming those it has', async () => {
    const place = folder();
    const train = writeLines(path.join(place, 't.txt'), ['a b']);
    expect(await refusal(place, 'masked-lm', train, 'gpt2')).toContain(
      '--task must be one that gpt2 has a head for (text-classification, token-classification, question-answering, causal-lm, entailment), got masked-lm',
    );
    expect(await refusal(place, 'seq2seq', train)).toContain('--task must be one that bert has a head for');
  });

  it('CoNLL lines with missing columns, answers not in their context, options of other tasks', async () => {
    const place = folder();
    const broken = writeLines(path.join(place, 'broken.conll'), ['Ada B-PER', 'saw', 'Rome B-LOC']);
    expect(await refusal(place, 'token-classification', broken)).toContain(
      'broken.conll:2: a line must have 2 columns, got 1',
    );
    const question = { question: 'who?', context: 'Ada saw it', answers: { text: ['Eve'], answer_start: [0] } };
    const rows = writeRows(path.join(place, 'rows.jsonl'), [question]);
    expect(await refusal(place, 'question-answering', rows)).toContain(
      'rows.jsonl:1: question-answering: answers must stand in their context, got "Eve" at 0, where the context has "Ada"',
    );
    expect(await refusal(place, 'causal-lm', rows, 'gpt2', '--stride', '3', '--max-length', '8')).toContain(
      '--stride needs --task text-classification or token-classification or question-answering or entailment, got causal-lm',
    );
    expect(await refusal(place, 'ner', rows)).toContain('--task');
  });
});
