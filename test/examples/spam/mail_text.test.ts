import { describe, expect, it } from 'vitest';
import { mailText } from '../../../examples/spam/mail_text.js';

const multipart = (type: string, ...parts: string[]): string =>
  [
    `Subject: hi`,
    `Content-Type: ${type};`,
    '\tboundary="=_b"',
    '',
    'not shown',
    ...parts.map((part) => `--=_b\n${part}`),
    '--=_b--',
    'nor this',
  ].join('\n');

describe('mailText', () => {
  it.each([
    [
      'keeps subject and body and no other header',
      'From: a@b\nSubject: Win\n now\nTo: c\n\nDear  you,\n\nbye\n',
      'Win now Dear you, bye',
    ],
    ['reads line ends of both kinds', 'Subject: x\r\n\r\na\r\n\r\nb\r\n', 'x a b'],
    ['does without a subject or a body', 'From: a\n\nbody', 'body'],
    ['does without a blank line', 'Subject: only this', 'only this'],
    ['does without headers', '\njust a body', 'just a body'],
    ['leaves < and > of plain text alone', 'Subject: x\n\n<a@b.c> wrote: 1 < 2', 'x <a@b.c> wrote: 1 < 2'],
    [
      'strips HTML, style, script and comments',
      'Subject: x\nContent-Type: text/html\n\n<html><style>p {}</style><p class="a">A&nbsp;&amp; B<!-- c --><br>C<script>d</script>',
      'x A & B C',
    ],
    ['knows HTML without its type', 'Subject: x\n\n<HTML><b>bold</b>', 'x bold'],
    ['decodes nothing', 'Subject: =?utf-8?q?a?=\n\na=20b', '=?utf-8?q?a?= a=20b'],
    ['leaves out a mail that is no text', 'Subject: x\nContent-Type: image/gif\n\nR0lGOD', 'x'],
  ])('%s', (_, raw, text) => {
    expect(mailText(raw)).toBe(text);
  });

  it('joins the text parts of a multipart mail and leaves pictures out', () => {
    const parts = ['\nfirst', 'Content-Type: image/png\n\nAAAA', 'Content-Type: text/html\n\n<b>second</b>'];
    expect(mailText(multipart('multipart/mixed', ...parts))).toBe('hi first second');
  });

  it('takes the plain part of an alternative, or the HTML one where there is no other', () => {
    const html = 'Content-Type: text/html\n\n<i>page</i>';
    expect(mailText(multipart('multipart/alternative', 'Content-Type: text/plain\n\nplain', html))).toBe('hi plain');
    expect(mailText(multipart('multipart/alternative', html))).toBe('hi page');
  });

  it('reads a multipart inside a multipart', () => {
    const inner = 'Content-Type: multipart/alternative; boundary=in\n\n--in\n\ninside\n--in--';
    expect(mailText(multipart('multipart/mixed', inner))).toBe('hi inside');
  });
});
