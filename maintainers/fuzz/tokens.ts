import { createHmac } from 'node:crypto';
import fc from 'fast-check';

/** The tokens and secrets that the requests of one batch are generated from. */
export interface FuzzTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The `Cookie` header of a browser that holds a refresh token. */
  readonly cookie: string;
  readonly sessionId: string;
  /** The secrets of the server. Tokens that are forged with them are invalid for another reason than the signature. */
  readonly accessSecret: string;
  readonly refreshSecret: string;
}

/** Generates a value of a request once the tokens of its batch are known. */
export type FromFuzzTokens<Value> = (tokens: FuzzTokens) => Value;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const signJwt = (header: object, claims: object, secret: string): string => {
  const content = `${encode(header)}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
};

const HS256 = { alg: 'HS256', typ: 'JWT' };
const lifetime = { iat: 1_700_000_000, exp: 4_000_000_000 };

const tokenVariants: FromFuzzTokens<string>[] = [
  ({ refreshToken }) => refreshToken,
  ({ accessToken }) => accessToken,
  ({ refreshToken }) => `${refreshToken.slice(0, -2)}AA`,
  ({ refreshToken }) => `${refreshToken}.${refreshToken}`,
  ({ refreshToken }) => refreshToken.replace(/[^.]*$/, ''),
  ({ refreshToken }) => ` ${refreshToken}\t`,
  ({ sessionId }) =>
    `${encode({ alg: 'none' })}.${encode({ sessionId, generation: 0, type: 'refresh', ...lifetime })}.`,
  ({ sessionId, refreshSecret }) =>
    signJwt(
      { alg: 'RS256' },
      { sessionId, generation: 0, type: 'refresh', ...lifetime },
      refreshSecret,
    ),
  ({ sessionId }) =>
    signJwt(HS256, { sessionId, generation: 0, type: 'refresh', ...lifetime }, 'another-secret'),
  ({ sessionId, accessSecret }) =>
    signJwt(HS256, { sessionId, generation: 0, type: 'refresh', ...lifetime }, accessSecret),
  ({ sessionId, refreshSecret }) =>
    signJwt(HS256, { id: 1, sessionId, type: 'access', ...lifetime }, refreshSecret),
  ({ sessionId, refreshSecret }) =>
    signJwt(HS256, { sessionId, generation: -1, type: 'refresh', ...lifetime }, refreshSecret),
  ({ sessionId, refreshSecret }) =>
    signJwt(HS256, { sessionId, generation: 1e300, type: 'refresh', ...lifetime }, refreshSecret),
  ({ sessionId, refreshSecret }) =>
    signJwt(
      HS256,
      { sessionId: [sessionId], generation: 0, type: 'refresh', ...lifetime },
      refreshSecret,
    ),
  ({ sessionId, refreshSecret }) =>
    signJwt(HS256, { sessionId, generation: 0, type: 'refresh' }, refreshSecret),
  ({ refreshSecret }) =>
    signJwt(
      HS256,
      { sessionId: 'gone', generation: 0, type: 'refresh', ...lifetime },
      refreshSecret,
    ),
  ({ sessionId, accessSecret }) =>
    signJwt(HS256, { id: 'one', sessionId, type: 'access', ...lifetime }, accessSecret),
  ({ sessionId, accessSecret }) =>
    signJwt(HS256, { id: 999_999, sessionId, type: 'access', ...lifetime }, accessSecret),
  ({ accessSecret }) => signJwt(HS256, { id: 999_999, type: 'access', ...lifetime }, accessSecret),
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

/** Replaces lone surrogates, which have no UTF-8 encoding, by U+FFFD. */
export const wellFormed = (value: string): string => Buffer.from(value).toString();

/** Text that Node sends in a header: no line breaks and no characters above U+00FF. */
export const headerText = fc
  .oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), text)
  .map((value) => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '\xff').trim());

/** Generates a value that does not depend on the tokens. */
export const fixed = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<FromFuzzTokens<Value>> =>
  arbitrary.map((value) => () => value);

/** Valid, altered and forged tokens, and any text. */
export const token: fc.Arbitrary<FromFuzzTokens<string>> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...tokenVariants) },
  { weight: 1, arbitrary: fixed(text) },
);

/** The same, as far as a header can contain it. */
export const headerToken: fc.Arbitrary<FromFuzzTokens<string>> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...tokenVariants) },
  { weight: 1, arbitrary: fixed(headerText) },
);
