import { describe, expect, it } from 'vitest';
import { isTrustedOrigin } from '../../src/extensions/users-permissions/refresh-tokens/http/origin';

const CLIENTS = ['https://app.example.com', 'http://localhost:3000'];
const HOST = 'api.example.com';

const trusts = (request: { origin?: string; fetchSite?: string; host?: string }): boolean =>
  isTrustedOrigin({ origin: '', fetchSite: '', host: HOST, ...request }, CLIENTS);

describe('a request that authenticates by cookie is believed', () => {
  it.each([
    { story: 'without either header: no browser', request: {} },
    { story: 'from a page of this server', request: { origin: 'https://api.example.com' } },
    {
      story: 'from a page of this server when TLS ends at the proxy, or there is none',
      request: { origin: 'http://api.example.com' },
    },
    {
      story: 'from a page of this server on a port',
      request: { origin: 'http://localhost:1337', host: 'localhost:1337' },
    },
    {
      story: 'from a page of this server on the default port, spelled out in Host',
      request: { origin: 'https://api.example.com', host: 'api.example.com:443' },
    },
    {
      story: 'from a page of this server, Host in capitals',
      request: { origin: 'https://api.example.com', host: 'API.Example.COM' },
    },
    {
      story: 'from a page of this server at an IPv6 address',
      request: { origin: 'http://[::1]:1337', host: '[::1]:1337' },
    },
    { story: 'from a client', request: { origin: 'https://app.example.com' } },
    {
      story: 'from a client on another site: Origin decides',
      request: { origin: 'http://localhost:3000', fetchSite: 'cross-site' },
    },
    { story: 'of the same origin by Sec-Fetch-Site', request: { fetchSite: 'same-origin' } },
    { story: 'of the same site by Sec-Fetch-Site', request: { fetchSite: 'same-site' } },
    { story: 'typed by the user', request: { fetchSite: 'none' } },
  ])('$story', ({ request }) => {
    expect(trusts(request)).toBe(true);
  });
});

describe('a request that authenticates by cookie is refused', () => {
  it.each([
    { story: 'from another site', request: { origin: 'https://evil.example' } },
    {
      story: 'from another site that claims to be of the same origin',
      request: { origin: 'https://evil.example', fetchSite: 'same-origin' },
    },
    { story: 'from a sandboxed frame', request: { origin: 'null' } },
    { story: 'cross-site, without Origin', request: { fetchSite: 'cross-site' } },
    { story: 'from a sub-domain of a client', request: { origin: 'https://x.app.example.com' } },
    {
      story: 'from a host that begins like a client',
      request: { origin: 'https://app.example.com.evil.example' },
    },
    {
      story: 'from a host that ends like this server',
      request: { origin: 'https://evilapi.example.com' },
    },
    { story: 'from a client on another port', request: { origin: 'https://app.example.com:8443' } },
    { story: 'from a client by another scheme', request: { origin: 'http://app.example.com' } },
    {
      story: 'from this host on another port',
      request: { origin: 'http://localhost:8080', host: 'localhost:1337' },
    },
    { story: 'by another scheme of this host', request: { origin: 'ftp://api.example.com' } },
    { story: 'from an origin with a path', request: { origin: 'https://api.example.com/page' } },
    { story: 'from a list of origins', request: { origin: CLIENTS.join(', ') } },
    { story: 'from "*"', request: { origin: '*' } },
    {
      story: 'from anywhere when Host is missing',
      request: { origin: 'https://evil.example', host: '' },
    },
    {
      story: 'from anywhere when Host is garbage',
      request: { origin: 'https://evil.example', host: 'a b%' },
    },
  ])('$story', ({ request }) => {
    expect(trusts(request)).toBe(false);
  });

  it('trusts only this server when there are no client origins', () => {
    const from = (origin: string) => isTrustedOrigin({ origin, fetchSite: '', host: HOST }, []);

    expect(from('https://api.example.com')).toBe(true);
    expect(from('https://app.example.com')).toBe(false);
  });
});
