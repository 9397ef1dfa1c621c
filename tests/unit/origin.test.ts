import { describe, expect, it } from 'vitest';
import { isTrustedOrigin } from '../../src/extensions/users-permissions/refresh-tokens/http/origin';

const CLIENTS = ['https://app.example.com', 'http://localhost:3000'];
const HOST = 'api.example.com';

interface Request {
  readonly origin?: string;
  readonly fetchSite?: string;
  readonly host?: string;
}

const trusts = (request: Request): boolean =>
  isTrustedOrigin({ origin: '', fetchSite: '', host: HOST, ...request }, CLIENTS);

describe('isTrustedOrigin trusts a request', () => {
  it.each<[string, Request]>([
    ['without Origin and Sec-Fetch-Site', {}],
    ['from a page of this server', { origin: 'https://api.example.com' }],
    ['from a page of this server by plain HTTP', { origin: 'http://api.example.com' }],
    [
      'from a page of this server on a port',
      { origin: 'http://localhost:1337', host: 'localhost:1337' },
    ],
    [
      'from a page of this server, Host with the default port',
      { origin: 'https://api.example.com', host: 'api.example.com:443' },
    ],
    [
      'from a page of this server, Host in capitals',
      { origin: 'https://api.example.com', host: 'API.Example.COM' },
    ],
    [
      'from a page of this server at an IPv6 address',
      { origin: 'http://[::1]:1337', host: '[::1]:1337' },
    ],
    ['from a client origin', { origin: 'https://app.example.com' }],
    [
      'from a client origin on another site',
      { origin: 'http://localhost:3000', fetchSite: 'cross-site' },
    ],
    ['with Sec-Fetch-Site same-origin', { fetchSite: 'same-origin' }],
    ['with Sec-Fetch-Site same-site', { fetchSite: 'same-site' }],
    ['with Sec-Fetch-Site none', { fetchSite: 'none' }],
  ])('%s', (_name, request) => {
    expect(trusts(request)).toBe(true);
  });
});

describe('isTrustedOrigin does not trust a request', () => {
  it.each<[string, Request]>([
    ['from another site', { origin: 'https://evil.example' }],
    [
      'from another site, with Sec-Fetch-Site same-origin',
      { origin: 'https://evil.example', fetchSite: 'same-origin' },
    ],
    ['from a sandboxed frame', { origin: 'null' }],
    ['with Sec-Fetch-Site cross-site, without Origin', { fetchSite: 'cross-site' }],
    ['from a sub-domain of a client origin', { origin: 'https://x.app.example.com' }],
    [
      'from a host that begins like a client origin',
      { origin: 'https://app.example.com.evil.example' },
    ],
    ['from a host that ends like this server', { origin: 'https://evilapi.example.com' }],
    ['from a client origin on another port', { origin: 'https://app.example.com:8443' }],
    ['from a client origin with another scheme', { origin: 'http://app.example.com' }],
    ['from this host on another port', { origin: 'http://localhost:8080', host: 'localhost:1337' }],
    ['from this host with another scheme', { origin: 'ftp://api.example.com' }],
    ['from an origin with a path', { origin: 'https://api.example.com/page' }],
    ['with several origins', { origin: CLIENTS.join(', ') }],
    ['with the origin "*"', { origin: '*' }],
    ['from another site, without Host', { origin: 'https://evil.example', host: '' }],
    ['from another site, with an invalid Host', { origin: 'https://evil.example', host: 'a b%' }],
  ])('%s', (_name, request) => {
    expect(trusts(request)).toBe(false);
  });
});

it('isTrustedOrigin trusts only this server when there are no client origins', () => {
  const from = (origin: string) => isTrustedOrigin({ origin, fetchSite: '', host: HOST }, []);

  expect(from('https://api.example.com')).toBe(true);
  expect(from('https://app.example.com')).toBe(false);
});
