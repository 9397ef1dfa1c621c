import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { fixed, text, token, wellFormed, type FuzzTokens, type FromFuzzTokens } from './tokens';

const field: fc.Arbitrary<FromFuzzTokens<unknown>> = fc.oneof(
  { weight: 3, arbitrary: token },
  { weight: 2, arbitrary: fixed(fc.jsonValue({ maxDepth: 3 })) },
);

const scope = fixed(fc.oneof(fc.constantFrom('all', 'session', 'ALL', ''), fc.jsonValue()));

const fields: fc.Arbitrary<FromFuzzTokens<unknown>> = fc
  .record({ refreshToken: field, scope, [`__proto__`]: field, extra: field }, { requiredKeys: [] })
  .map(
    (record) => (tokens) =>
      Object.fromEntries(Object.entries(record).map(([key, make]) => [key, make?.(tokens)])),
  );

const json: fc.Arbitrary<FromFuzzTokens<string>> = fc
  .oneof({ weight: 4, arbitrary: fields }, { weight: 1, arbitrary: fixed(fc.jsonValue()) })
  .map((make) => (tokens) => JSON.stringify(make(tokens)) ?? '');

const brokenJson = fc.tuple(json, fc.nat({ max: 40 })).map(
  ([make, cut]) =>
    (tokens: FuzzTokens) =>
      make(tokens).slice(0, -1 - cut),
);

const form = fc.tuple(token, text).map(([make, rest]) => (tokens: FuzzTokens) => {
  const value = encodeURIComponent(wellFormed(make(tokens)));
  return `refreshToken=${value}&scope[]=all&refreshToken[a][b]=${encodeURI(wellFormed(rest))}`;
});

const longToken = fc
  .integer({ min: 100_000, max: 2_000_000 })
  .map((size) => () => JSON.stringify({ refreshToken: 'A'.repeat(size) }));

const deepArray = fc
  .integer({ min: 100, max: 20_000 })
  .map((depth) => () => `${'['.repeat(depth)}${']'.repeat(depth)}`);

const multipart = fixed(
  text.map((value) => `--b\r\nContent-Disposition: form-data; name="refreshToken"\r\n\r\n${value}`),
);

export type Header = readonly [string, string];

const MEDIA_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'application/json; charset=nonsense',
  'application/vnd.api+json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=b',
  'multipart/form-data',
  'application/octet-stream',
  '*/*',
  '',
];

const compressions: [string, (body: Buffer) => Buffer][] = [
  ['gzip', (body) => gzipSync(body)],
  ['gzip', (body) => gzipSync(body).subarray(0, -6)],
  ['gzip', (body) => body],
  ['deflate', (body) => deflateSync(body)],
  ['br', (body) => body],
  ['identity', (body) => body],
  ['nonsense', (body) => body],
];

/** A body with its headers. */
export interface Content {
  readonly headers: readonly Header[];
  readonly body: Buffer | null;
}

const withType = (
  type: string,
  make: fc.Arbitrary<FromFuzzTokens<string>>,
): fc.Arbitrary<FromFuzzTokens<Content>> =>
  make.map((textOf) => (tokens) => ({
    headers: [['Content-Type', type]],
    body: Buffer.from(textOf(tokens)),
  }));

const anyText = fc.oneof(json, brokenJson, form, multipart, fixed(text), deepArray);

const withAnyType = fc.constantFrom(...MEDIA_TYPES).chain((type) => withType(type, anyText));

const bytes = fc.uint8Array({ maxLength: 200 }).map((body) => () => ({
  headers: [['Content-Type', 'application/json'] as const],
  body: Buffer.from(body),
}));

const compressed = fc
  .tuple(fc.constantFrom(...compressions), json)
  .map(([[name, compress], make]) => (tokens: FuzzTokens) => ({
    headers: [
      ['Content-Type', 'application/json'],
      ['Content-Encoding', name],
    ] as const,
    body: compress(Buffer.from(make(tokens))),
  }));

/** Ten megabytes when it is decompressed. */
const BOMB = gzipSync(Buffer.alloc(10_000_000, 0x20));

const compressedBomb = fc.constant(() => ({
  headers: [
    ['Content-Type', 'application/json'],
    ['Content-Encoding', 'gzip'],
  ] as const,
  body: BOMB,
}));

/** Bodies of all kinds: valid, malformed, mislabelled, compressed, very long or absent. */
export const content: fc.Arbitrary<FromFuzzTokens<Content>> = fc.oneof(
  { weight: 60, arbitrary: withType('application/json', json) },
  { weight: 10, arbitrary: withType('application/json', brokenJson) },
  { weight: 10, arbitrary: withType('application/x-www-form-urlencoded', form) },
  { weight: 40, arbitrary: withAnyType },
  { weight: 10, arbitrary: bytes },
  { weight: 20, arbitrary: compressed },
  { weight: 40, arbitrary: fc.constant(() => ({ headers: [], body: null })) },
  { weight: 1, arbitrary: withType('application/json', longToken) },
  { weight: 1, arbitrary: withType('application/json', deepArray) },
  { weight: 1, arbitrary: compressedBomb },
);
