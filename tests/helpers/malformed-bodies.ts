import { gzipSync } from 'node:zlib';

/** A malformed request body and its Content-Type. */
export interface MalformedBody {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TWO_MEGABYTES = 'x'.repeat(2 * 1024 * 1024);
const NUL = '\u0000';

const json = (name: string, body: string | Buffer, headers = {}): MalformedBody => ({
  name,
  headers: { ...JSON_TYPE, ...headers },
  body,
});

const multipart = (name: string, body: string, boundary = '; boundary=edge'): MalformedBody => ({
  name,
  headers: { 'Content-Type': `multipart/form-data${boundary}` },
  body,
});

const part = (content: string) =>
  `--edge\r\nContent-Disposition: form-data; name="refreshToken"\r\n\r\n${content}`;

const gzipped = gzipSync(JSON.stringify({ refreshToken: 'x'.repeat(1000) }));

/** Request bodies that are invalid for every route. */
export const malformedBodies: readonly MalformedBody[] = [
  { name: 'no body at all', headers: {} },
  json('null', 'null'),
  json('true', 'true'),
  json('a number', '1'),
  json('a string', '"text"'),
  json('an empty array', '[]'),
  json('an array of objects', '[{"refreshToken":"x","password":"x"}]'),
  json('an array nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)),
  json('an object nested 10,000 deep', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)),
  json('broken JSON', '{"refreshToken":'),
  json('two JSON values', '{}{}'),
  json('a NUL', NUL),
  json('a NUL after an object', `{}${NUL}`),
  json('text that is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
  json('2 MB in one field', JSON.stringify({ refreshToken: TWO_MEGABYTES })),
  json('2 MB of digits', '1'.repeat(2 * 1024 * 1024)),
  json('__proto__', '{"__proto__":{"refreshToken":"x","isAdmin":true}}'),
  json('constructor and prototype', '{"constructor":{"prototype":{"refreshToken":"x"}}}'),
  json('an unknown charset', '{}', { 'Content-Type': 'application/json; charset=nonsense' }),
  json('an unknown content encoding', '{}', { 'Content-Encoding': 'nonsense' }),
  json('text that claims to be gzip', '{}', { 'Content-Encoding': 'gzip' }),
  json('truncated gzip', gzipped.subarray(0, 20), { 'Content-Encoding': 'gzip' }),
  json('gzip of 2 MB', gzipSync(JSON.stringify({ refreshToken: TWO_MEGABYTES })), {
    'Content-Encoding': 'gzip',
  }),
  json('text that claims to be deflate', '{}', { 'Content-Encoding': 'deflate' }),
  json('text that claims to be brotli', '{}', { 'Content-Encoding': 'br' }),
  { name: '2 MB of text', headers: { 'Content-Type': 'text/plain' }, body: TWO_MEGABYTES },
  { name: 'XML', headers: { 'Content-Type': 'application/xml' }, body: '<a/>' },
  { name: 'an invalid content type', headers: { 'Content-Type': ';;;' }, body: 'x' },
  {
    name: 'a form of 2 MB',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `a=${TWO_MEGABYTES}`,
  },
  {
    name: 'a form nested 5,000 deep',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `a${'[b]'.repeat(5000)}=1`,
  },
  {
    name: 'a form of 10,000 fields',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: Array.from({ length: 10_000 }, (_, index) => `a${index}=1`).join('&'),
  },
  multipart('a multipart form', `${part('x')}\r\n--edge--\r\n`),
  multipart('multipart without a boundary', part('x'), ''),
  multipart('truncated multipart', part('x')),
  multipart('multipart with another boundary', part('x'), '; boundary=other'),
  multipart('empty multipart', ''),
];
