import { rm } from 'node:fs/promises';
import path from 'node:path';
import { PICTURE_NAMES } from './report_pictures.js';

/** Where a report's pictures lie in its folder. @internal */
export const PICTURE_FOLDER = 'pictures';

/** Removes the pictures of reports but some. @internal */
export async function removePictures(folder: string, kept: readonly string[] = []): Promise<void> {
  for (const name of PICTURE_NAMES)
    if (!kept.includes(name))
      for (const ending of ['svg', 'png'])
        await rm(path.join(folder, PICTURE_FOLDER, `${name}.${ending}`), { force: true });
}

/** Removes a run's report. @internal */
export async function removeReport(folder: string): Promise<void> {
  for (const name of ['report.html', 'report.json']) await rm(path.join(folder, name), { force: true });
  await removePictures(folder);
}
