import { writeReport } from '../train/index.js';
import type { CliIo, RegisterVerb } from './io.js';

async function plot(folder: string, isJson: boolean, io: CliIo): Promise<void> {
  const written = await writeReport(folder, { signal: io.signal });
  if (isJson) io.stdout(`${JSON.stringify(written)}\n`);
  else {
    for (const file of written.files) io.stdout(`${file}\n`);
    for (const note of written.missing) io.stderr(`gridstride plot: not drawn: ${note}\n`);
  }
}

/**
 * The verb `plot`: the pictures and the report of a training output folder.
 * @internal
 */
export const registerPlot: RegisterVerb = (program, io) => {
  program
    .command('plot')
    .description('draw the curves of a training output folder, and write report.html into it')
    .argument('<folder>', 'output folder of a run; of a running or killed one its last checkpoint is read')
    .option('--json', 'print one JSON object: files, and what could not be drawn')
    .action((folder: string, { json = false }: { json?: boolean }) => plot(folder, json, io));
};
