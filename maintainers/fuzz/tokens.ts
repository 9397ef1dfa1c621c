import { createHmac } from 'node:crypto';
import fc from 'fast-check';

/** What the requests of one round are made from. */
export interface FuzzTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The `Cookie` header of a browser with a refresh token, signature included. */
  readonly cookie: string;
  readonly sessionId: string;
  /** The secrets of the server, to forge with: each must fail for a reason other than its signature. */
  readonly accessSecret: string;
  readonly refreshSecret: string;
}

export type FromFuzzTokens<Value> = (ammunition: FuzzTokens) => Value;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const jwt = (header: object, claims: object, secret: string): string => {
  const content = `${encode(header)}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
};

const HS256 = { alg: 'HS256', typ: 'JWT' };
const times = { iat: 1_700_000_000, exp: 4_000_000_000 };

const tokens: FromFuzzTokens<string>[] = [
  ({ refreshToken }) => refreshToken,
  ({ accessToken }) => accessToken,
  ({ refreshToken }) => `${refreshToken.slice(0, -2)}AA`,
  ({ refreshToken }) => `${refreshToken}.${refreshToken}`,
  ({ refreshToken }) => refreshToken.replace(/[^.]*$/, ''),
  ({ refreshToken }) => ` ${refreshToken}\t`,
  ({ sessionId }) =>
    `${encode({ alg: 'none' })}.${encode({ sessionId, generation: 0, type: 'refresh', ...times })}.`,
  ({ sessionId, refreshSecret }) =>
    jwt({ alg: 'RS256' }, { sessionId, generation: 0, type: 'refresh', ...times }, refreshSecret),
  ({ sessionId }) =>
    jwt(HS256, { sessionId, generation: 0, type: 'refresh', ...times }, 'another-secret'),
  ({ sessionId, accessSecret }) =>
    jwt(HS256, { sessionId, generation: 0, type: 'refresh', ...times }, accessSecret),
  ({ sessionId, refreshSecret }) =>
    jwt(HS256, { id: 1, sessionId, type: 'access', ...times }, refreshSecret),
  ({ sessionId, refreshSecret }) =>
    jwt(HS256, { sessionId, generation: -1, type: 'refresh', ...times }, refreshSecret),
  ({ sessionId, refreshSecret }) =>
    jwt(HS256, { sessionId, generation: 1e300, type: 'refresh', ...times }, refreshSecret),
  ({ sessionId, refreshSecret }) =>
    jwt(HS256, { sessionId: [sessionId], generation: 0, type: 'refresh', ...times }, refreshSecret),
  ({ sessionId, refreshSecret }) =>
    jwt(HS256, { sessionId, generation: 0, type: 'refresh' }, refreshSecret),
  ({ refreshSecret }) =>
    jwt(HS256, { sessionId: 'gone', generation: 0, type: 'refresh', ...times }, refreshSecret),
  ({ sessionId, accessSecret }) =>
    jwt(HS256, { id: 'one', sessionId, type: 'access', ...times }, accessSecret),
  ({ sessionId, accessSecret }) =>
    jwt(HS256, { id: 999_999, sessionId, type: 'access', ...times }, accessSecret),
  ({ accessSecret }) => jwt(HS256, { id: 999_999, type: 'access', ...times }, accessSecret),
  () => `${'A'.repeat(9_000)}.${'A'.repeat(9_000)}.AAAA`,
  () => 'eyJhbGciOiJIUzI1NiJ9.bm90IGpzb24.AAAA',
  () => '..',
  () => '',
];

const SQL = ["' OR '1'='1", "'; DROP TABLE up_sessions; --", '1) UNION SELECT 1,2,3 --', "\\'"];
const ODDITIES = ['\u0000', 'null', '__proto__', '🍪'.repeat(20), '\uD800', '%00', '$where', '{}'];

export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(...SQL, ...ODDITIES),
);

/** Half a character has no encoding. */
export const wellFormed = (value: string): string => Buffer.from(value).toString();

/** What HTTP lets through in a header: no line breaks, nothing beyond one byte. */
export const headerText = fc
  .oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), text)
  .map((value) => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '\xff').trim());

export const fixed = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<FromFuzzTokens<Value>> =>
  arbitrary.map((value) => () => value);

export const token: fc.Arbitrary<FromFuzzTokens<string>> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...tokens) },
  { weight: 1, arbitrary: fixed(text) },
);

export const headerToken: fc.Arbitrary<FromFuzzTokens<string>> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...tokens) },
  { weight: 1, arbitrary: fixed(headerText) },
);
