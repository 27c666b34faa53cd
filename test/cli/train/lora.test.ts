import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInProcess, temporaryFolder } from '../fixtures.js';
import { linesOf, REVIEWS, trainTiny, writeRows } from '../tiny_task.js';

const readJson = (...parts: string[]) =>
  JSON.parse(readFileSync(path.join(...parts), 'utf8')) as Record<string, unknown>;

describe('gridstride train --lora-r', () => {
  it('trains an adapter of a model, which the other verbs use like any model', async () => {
    const folder = temporaryFolder();
    const rows = writeRows(path.join(folder, 'rows.jsonl'), REVIEWS);
    expect((await trainTiny(folder, rows, '--max-steps', '1', '--eval', rows)).code).toBe(0);
    const base = path.join(folder, 'out');
    const out = path.join(folder, 'adapter');
    const lora = ['--lora-r', '4', '--lora-alpha', '16', '--lora-dropout', '0.05', '--lora-target-modules'];
    const { code, stderr } = await runInProcess(
      ...['train', '--model', base, '--train', rows, '--output-dir', out, '--device', 'cpu', '--disable-tqdm'],
      ...['--learning-rate', '2e-2', '--num-train-epochs', '8', '--save-strategy', 'epoch', '--report-to', 'none'],
      ...[...lora, 'query,value'],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const files = readdirSync(out);
    expect(files).toEqual(
      expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors', 'tokenizer.json']),
    );
    expect(files).not.toContain('model.safetensors');
    expect(readdirSync(path.join(out, 'checkpoint-3'))).toContain('adapter_model.safetensors');
    expect(readJson(out, 'adapter_config.json')).toMatchObject({
      peft_type: 'LORA',
      task_type: 'SEQ_CLS',
      base_model_name_or_path: base,
      r: 4,
      lora_alpha: 16,
      lora_dropout: 0.05,
      target_modules: ['query', 'value'],
    });
    const scores = await runInProcess('eval', '--model', out, '--data', rows, '--json');
    expect((linesOf(scores.stdout)[0] as { accuracy: number }).accuracy).toBeGreaterThan(0.9);
  });

  it.each<[string[], string]>([
    [['--lora-alpha', '8'], 'train: --lora-alpha needs --lora-r, got none'],
    [['--lora-r', '0'], 'must be an integer from 1'],
    [['--lora-r', '4'], 'train: --lora-r needs a model with weights, got '],
  ])('refuses %j for new weights', async (flags, told) => {
    const folder = temporaryFolder();
    const { code, stderr } = await trainTiny(folder, writeRows(path.join(folder, 'rows.jsonl'), REVIEWS), ...flags);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(told) as string });
  });

  it('names the layers there are when a target fits none', async () => {
    const folder = temporaryFolder();
    const rows = writeRows(path.join(folder, 'rows.jsonl'), REVIEWS);
    expect((await trainTiny(folder, rows, '--max-steps', '1')).code).toBe(0);
    const { code, stderr } = await runInProcess(
      ...['train', '--model', path.join(folder, 'out'), '--train', rows, '--output-dir', path.join(folder, 'b')],
      ...['--lora-r', '4', '--lora-target-modules', 'q_proj'],
    );
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('which end in query, key, value, dense, classifier; got "q_proj"') as string,
    });
  });
});
