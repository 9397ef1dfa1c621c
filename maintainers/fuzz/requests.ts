import fc from 'fast-check';
import type { RawRequest } from './raw-http';
import { content, type Header } from './bodies';
import {
  fixed,
  headerText,
  headerToken,
  text,
  wellFormed,
  type FuzzTokens,
  type FromFuzzTokens,
} from './tokens';

/** Builds a request from the tokens of its batch. */
export type FuzzRequest = (tokens: FuzzTokens) => RawRequest;

const authorization = headerToken.chain((make) =>
  fc
    .constantFrom('Bearer ', 'bearer ', 'Bearer  ', 'Bearer', 'Basic ', 'Token ', '', 'Bearer a ')
    .map((scheme) => (tokens: FuzzTokens): Header[] => [
      ['Authorization', `${scheme}${make(tokens)}`],
    ]),
);

const inCookie = (value: string): string => value.replace(/[;,\s"]/g, '_');

const cookies = fc.oneof(
  fc.constant(({ cookie }: FuzzTokens): Header[] => [['Cookie', cookie]]),
  fc.constant(({ cookie }: FuzzTokens): Header[] => [['Cookie', cookie.replace(/.$/, 'x')]]),
  fc.constant(({ cookie }: FuzzTokens): Header[] => [['Cookie', cookie.split('; ')[0] ?? '']]),
  fc.constant(({ cookie }: FuzzTokens): Header[] => [
    ['Cookie', 'refreshToken=first; refreshToken.sig=first'],
    ['Cookie', cookie],
  ]),
  headerToken.map((make) => (tokens: FuzzTokens): Header[] => [
    ['Cookie', `refreshToken=${inCookie(make(tokens))}; refreshToken.sig=AAAA`],
  ]),
  headerToken.map((make) => (tokens: FuzzTokens): Header[] => [
    ['Cookie', `refreshToken="${inCookie(make(tokens))}"; ${tokens.cookie}`],
  ]),
  fixed(headerText.map((value): Header[] => [['Cookie', value]])),
);

const other = fixed(
  fc
    .oneof(
      fc.tuple(
        fc.constant('Origin'),
        fc.oneof(
          fc.constantFrom('null', 'https://evil.example', 'http://api.example.com', 'http://['),
          headerText,
        ),
      ),
      fc.tuple(
        fc.constant('x-strapi-refresh-cookie'),
        fc.oneof(fc.constantFrom('httpOnly', 'none', 'HTTPONLY'), headerText),
      ),
      fc.tuple(
        fc.constant('X-Forwarded-For'),
        fc.oneof(fc.ipV4(), fc.ipV6(), headerText, fc.constant(', ,1.2.3.4, ' + 'a'.repeat(3000))),
      ),
      fc.tuple(
        fc.constantFrom('X-Forwarded-Host', 'X-Forwarded-Proto', 'Sec-Fetch-Site', 'User-Agent'),
        headerText,
      ),
      fc.tuple(
        fc.constantFrom('Accept', 'Accept-Encoding', 'If-None-Match', 'X-HTTP-Method-Override'),
        headerText,
      ),
    )
    .map((header): Header[] => [header]),
);

/** Tokens, valid and forged, where they belong and where they do not, and other malformed headers. */
export const headers = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: authorization },
      { weight: 2, arbitrary: cookies },
      { weight: 2, arbitrary: other },
    ),
    { maxLength: 5 },
  )
  .map((makers) => (tokens: FuzzTokens) => makers.flatMap((make) => make(tokens)));

const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '?refreshToken=garbage',
      '?filters[$or][0][id]=1',
      '?a[b]=1&a=%00',
      '?%ff=%',
      '?populate=*&sort=id:desc',
    ),
  },
);

const oneSession = fc.oneof(
  fc.constant(({ sessionId }: FuzzTokens) => sessionId),
  fixed(text.map((value) => encodeURIComponent(wellFormed(value)) || 'none')),
  fixed(fc.constantFrom('%00', '%', '%ff%fe', '..%2f..', '0', '-1', 'A'.repeat(4000))),
);

const simpleTargets = [
  ['POST', '/api/token/refresh'],
  ['POST', '/api/auth/refresh'],
  ['POST', '/api/auth/logout'],
  ['GET', '/api/auth/sessions'],
  ['DELETE', '/api/auth/sessions'],
] as const;

type Target = readonly [method: string, path: string];

const target: fc.Arbitrary<FromFuzzTokens<Target>> = fc.oneof(
  { weight: 10, arbitrary: fixed(fc.constantFrom<Target>(...simpleTargets)) },
  {
    weight: 2,
    arbitrary: oneSession.map(
      (idOf) => (tokens: FuzzTokens) => ['DELETE', `/api/auth/sessions/${idOf(tokens)}`] as const,
    ),
  },
  {
    weight: 1,
    arbitrary: fixed(
      fc
        .tuple(
          fc.constantFrom('GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POST'),
          fc.constantFrom(...simpleTargets),
          fc.constantFrom('', '/', '//', '/%2e'),
        )
        .map(([method, [, path], end]): Target => [method, `${path.toUpperCase()}${end}`]),
    ),
  },
);

/** Requests to refresh, logout and the sessions of a user. Most are malformed in one way or several. */
export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc
  .record({ target, query, headers, content })
  .map(
    ({ target: targetOf, query: search, headers: headersOf, content: contentOf }) =>
      (tokens) => {
        const [method, path] = targetOf(tokens);
        const { headers: contentHeaders, body } = contentOf(tokens);
        return {
          method,
          path: `${path}${search}`,
          headers: [...contentHeaders, ...headersOf(tokens)],
          body,
        };
      },
  );
