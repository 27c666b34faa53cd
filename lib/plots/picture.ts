/** A picture as data: a Vega-Lite specification with all its values in it. {@link drawPictures} makes an image of it. */
export interface Picture {
  /** Name of its files, without an ending: `loss`, `confusion_matrix`. */
  name: string;
  title: string;
  /** A specification of Vega-Lite 6, such as its editor and notebooks take. */
  spec: Readonly<Record<string, unknown>>;
}

const CONFIG = {
  font: 'DejaVu Sans, sans-serif',
  axis: { labelLimit: 260, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', gridColor: '#eee' },
  legend: { labelLimit: 360, labelFontSize: 11, titleFontSize: 11 },
  header: { labelFontSize: 12 },
  title: { anchor: 'start', fontSize: 14, offset: 12 },
  view: { stroke: '#ddd' },
};

/** The colours of what is trained on, of what is evaluated and of whatever else there is (Tableau's). @internal */
export const SERIES_COLORS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2', '#9d755d', '#79706e'];

/** A picture with what all of them share. @internal */
export function makePicture(name: string, title: string, spec: Readonly<Record<string, unknown>>): Picture {
  const $schema = 'https://vega.github.io/schema/vega-lite/v6.json';
  return { name, title, spec: { $schema, background: 'white', padding: 10, title, ...spec, config: CONFIG } };
}

const MOST_CHARACTERS = 40;
/** What XML cannot hold, and what turns the order of letters around. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\uFFFE\uFFFF]/gu;

/** A text of a few words that an image or a page can hold: no control characters, no halves of pairs. @internal */
export function readableText(text: string, most = MOST_CHARACTERS): string {
  const characters = [...text.slice(0, 4 * most).replace(UNSAFE, '\uFFFD')];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
}

/** Labels as pictures show them; those that would look alike are numbered. @internal */
export function readableNames(labels: readonly string[]): string[] {
  const taken = new Set<string>();
  return labels.map((label) => {
    const name = readableText(label);
    let shown = name;
    for (let i = 2; taken.has(shown); i++) shown = `${name} (${i})`;
    taken.add(shown);
    return shown;
  });
}

/** Most classes that a picture shows one by one. */
const MOST_CLASSES = 30;

/** Which classes to show, in their order, and whether the others are to be shown as one. @internal */
export function frequentClasses(
  counts: ArrayLike<number>,
  most = MOST_CLASSES,
): { kept: number[]; hasOthers: boolean } {
  const all = Array.from({ length: counts.length }, (_, i) => i);
  if (all.length <= most) return { kept: all, hasOthers: false };
  const byCount = all.sort((a, b) => counts[b]! - counts[a]! || a - b);
  return { kept: byCount.slice(0, most - 1).sort((a, b) => a - b), hasOthers: true };
}
