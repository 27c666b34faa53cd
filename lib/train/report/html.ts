import { readableText } from '../../plots/picture.js';

/** Longest text shown in a cell. */
const MOST_CHARACTERS = 500;

/** A text of anybody's as a page can hold it. @internal */
export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return readableText(text, MOST_CHARACTERS).replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A value as the page shows it. @internal */
export function shownValue(value: unknown): string {
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return value.toLocaleString('en-US');
    return Math.abs(value) >= 1e-3 ? String(Number(value.toPrecision(5))) : value.toExponential(3);
  }
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A table; every cell is escaped. @internal */
export function table(rows: readonly (readonly unknown[])[], head: readonly string[] = []): string {
  const cells = (row: readonly unknown[], tag: string): string =>
    row.map((value, i) => `<${i === 0 ? 'th' : tag}>${escaped(shownValue(value))}</${i === 0 ? 'th' : tag}>`).join('');
  const lines = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  const first = head.length === 0 ? '' : `<thead><tr>${cells(head, 'th')}</tr></thead>\n`;
  return `<table>\n${first}<tbody>\n${lines}\n</tbody>\n</table>`;
}

const STYLE = `
body { font: 15px/1.5 'DejaVu Sans', system-ui, sans-serif; color: #222; max-width: 1100px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.2em; margin-top: 2em; border-bottom: 1px solid #ddd }
table { border-collapse: collapse; font-size: 13px } th, td { padding: 2px 12px 2px 0; text-align: left; vertical-align: top }
th { font-weight: normal; color: #555 } thead th { font-weight: bold } td { overflow-wrap: anywhere }
figure { margin: 1em 0 } img { max-width: 100% } .notes { color: #666 }`;

/**
 * A page that opens without a network, and may neither run scripts nor load anything.
 * @param body of escaped parts
 * @internal
 */
export function page(title: string, body: readonly string[]): string {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body.join('\n')}
</body>
</html>
`;
}

/** A section of a page; nothing where it has no contents. @internal */
export function section(heading: string, contents: string): string {
  return contents === '' ? '' : `<section>\n<h2>${escaped(heading)}</h2>\n${contents}\n</section>`;
}

/** An image that is part of the page; as an image, an SVG runs nothing. @internal */
export function figure({ title, svg }: { title: string; svg: string }): string {
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return `<figure><img alt="${escaped(title)}" src="${source}"></figure>`;
}
