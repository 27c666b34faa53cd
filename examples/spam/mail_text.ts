/** What a mail says of itself in one header block, by lower-case name; the first of several counts. */
type Headers = Map<string, string>;

/** Multiparts inside multiparts: real mails nest two or three deep. */
const MAX_DEPTH = 8;

function parseHeaders(block: string): Headers {
  const headers: Headers = new Map();
  // A line that starts with white space goes on with the header before it.
  for (const line of block.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== '' && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

function splitAtBlankLine(text: string): [head: string, body: string] {
  if (text.startsWith('\n')) return ['', text.slice(1)];
  const blank = text.indexOf('\n\n');
  return blank < 0 ? [text, ''] : [text.slice(0, blank), text.slice(blank + 2)];
}

/** Text of an HTML page: without style, script, comments and tags, with the commonest entities read. */
function stripHtml(html: string): string {
  const entities: Record<string, string> = { nbsp: ' ', amp: '&', lt: '<', gt: '>', quot: '"' };
  return html
    .replace(/<(style|script)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<\/?[a-z!][^<>]*>/gi, ' ')
    .replace(/&(nbsp|amp|lt|gt|quot);/gi, (_, name: string) => entities[name.toLowerCase()]!);
}

interface TextPart {
  isHtml: boolean;
  text: string;
}

/** The text parts of a mail or of one of its parts, in order; pictures and attachments are left out. */
function textParts(headers: Headers, body: string, depth: number): TextPart[] {
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  if (/^multipart\//i.test(type) && boundary !== null && depth < MAX_DEPTH) {
    const marker = `--${boundary[1] ?? boundary[2]}`;
    const [, ...parts] = `\n${body}`.split(`\n${marker}`);
    const inner = parts
      .filter((part) => !part.startsWith('--'))
      .map((part) => {
        const [head, text] = splitAtBlankLine(part.slice(part.indexOf('\n') + 1));
        return textParts(parseHeaders(head), text, depth + 1);
      });
    // An alternative says the same thing twice: the plain one is enough.
    const plain = inner.filter((found) => found.some((part) => !part.isHtml));
    return /^multipart\/alternative/i.test(type) && plain.length > 0 ? plain[0]! : inner.flat();
  }
  if (!/^(text\/|multipart\/|message\/|$)/i.test(type) && type.includes('/')) return [];
  return [{ isHtml: /^text\/html/i.test(type) || /<html\b/i.test(body), text: body }];
}

/**
 * Subject and body of a raw mail in one line, with runs of white space as one space. No other header is kept, and
 * nothing is decoded: neither transfer encodings nor encoded words.
 */
export function mailText(raw: string): string {
  const [head, body] = splitAtBlankLine(raw.replaceAll('\r\n', '\n'));
  const headers = parseHeaders(head);
  const parts = textParts(headers, body, 0).map(({ isHtml, text }) => (isHtml ? stripHtml(text) : text));
  return [headers.get('subject') ?? '', ...parts].join('\n').replace(/\s+/g, ' ').trim();
}
