import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import * as vegaLite from 'vega-lite';
import type { DrawnPicture } from './draw.js';
import type { Picture } from './picture.js';

/** Pixels of a PNG per unit of the SVG: sharp on screens of double density. */
const ZOOM = 2;
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'];
/** Beyond the scripts that the shipped font covers: where the system has a font, it helps out. */
const NEEDS_SYSTEM_FONTS = /[\u{2E80}-\u{DFFF}\u{F900}-\u{FAFF}\u{10000}-\u{10FFFF}]/u;

const require = createRequire(import.meta.url);
const fontFiles = FONTS.map((file) => require.resolve(`dejavu-fonts-ttf/ttf/${file}`));

// Widths of texts come from a rule, not from a drawing library that some machines have: the same picture everywhere.
(vega as unknown as { textMetrics: { canvas(use: boolean): void } }).textMetrics.canvas(false);

/** All values stand in the specification; nothing is fetched for it. */
const closedLoader: vega.Loader = {
  load: (uri) => Promise.reject(new Error(`a picture must hold its data, got the address ${String(uri).slice(0, 80)}`)),
  sanitize: () => Promise.reject(new Error('a picture must hold no addresses')),
  http: () => Promise.reject(new Error('a picture must hold its data')),
  file: () => Promise.reject(new Error('a picture must hold its data')),
};

/** Notes what Vega tells of before it goes on with a picture that lacks something. Vega calls the functions by themselves. */
function notingLogger(told: string[]): vega.LoggerInterface {
  const note = (...words: readonly unknown[]): vega.LoggerInterface => (told.push(words.map(String).join(' ')), logger);
  const pass = (): vega.LoggerInterface => logger;
  const level = (() => 0) as unknown as vega.LoggerInterface['level'];
  const logger: vega.LoggerInterface = { level, error: note, warn: note, info: pass, debug: pass };
  return logger;
}

async function drawSvg({ spec }: Picture): Promise<string> {
  // Names of clips and gradients count up; each picture begins anew.
  vega.resetSVGDefIds();
  const told: string[] = [];
  const logger = notingLogger(told);
  const compiled = vegaLite.compile(spec as unknown as vegaLite.TopLevelSpec, { logger: logger as never });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', loader: closedLoader, logger });
  try {
    const svg = await view.toSVG();
    if (told.length > 0) throw new Error(told[0]);
    return svg;
  } finally {
    view.finalize();
  }
}

function drawPng(svg: string): Uint8Array {
  const loadSystemFonts = NEEDS_SYSTEM_FONTS.test(svg);
  const image = new Resvg(svg, {
    font: { loadSystemFonts, fontFiles, defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: ZOOM },
  });
  return Uint8Array.from(image.render().asPng());
}

/** The answer: all pictures, or what went wrong. @internal */
export type DrawReply = DrawnPicture[] | { error: string };

async function drawAll(pictures: readonly Picture[]): Promise<DrawReply> {
  try {
    const drawn: DrawnPicture[] = [];
    for (const picture of pictures) {
      const svg = await drawSvg(picture);
      drawn.push({ ...picture, svg, png: drawPng(svg) });
    }
    return drawn;
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const reply = await drawAll(workerData as Picture[]);
parentPort!.postMessage(reply, Array.isArray(reply) ? reply.map(({ png }) => png.buffer as ArrayBuffer) : []);
