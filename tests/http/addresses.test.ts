import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TestServer } from '../helpers/server';
import { useServer, withServer } from '../helpers/suite';
import { bearer, BODY_TRANSPORT, createUser, login, storedSessions } from '../helpers/users';

type Headers = Readonly<Record<string, string>>;

/** Registers a user with these headers. Returns the address in the row of the session. */
const registeredAddress = async (
  { request, strapi }: Pick<TestServer, 'request' | 'strapi'>,
  headers: Headers,
): Promise<unknown> => {
  const username = `user-${randomUUID()}`;
  const account = { username, email: `${username}@example.com`, password: 'correct-horse' };
  const { body } = await request()
    .post('/api/auth/local/register')
    .set({ ...BODY_TRANSPORT, ...headers })
    .send(account)
    .expect(200);
  const [session] = await storedSessions({ strapi }, body.user);
  return session?.ipAddress;
};

const from = (address: string): Headers => ({ 'X-Forwarded-For': address });

describe('Behind one proxy', () => {
  const server = useServer({ IS_PROXIED: 'true' });

  it.each([
    ['the only address', '198.51.100.7', '198.51.100.7'],
    ['the last address, which the proxy saw', '198.51.100.66, 203.0.113.50', '203.0.113.50'],
    ['an address without its port', '198.51.100.7:4711', '198.51.100.7'],
    ['an address without its brackets', '[2001:DB8:0:0::7]:443', '2001:db8::7'],
    ['an IPv4 address that is mapped to IPv6', '::ffff:198.51.100.9', '198.51.100.9'],
    // Longer than the column of the database.
    ['an address without its zone', `fe80::2%${'z'.repeat(300)}`, 'fe80::2'],
    ['the address of the connection for a word', 'unknown', '127.0.0.1'],
    ['the address of the connection for a long text', 'z'.repeat(300), '127.0.0.1'],
    ['the address of the connection for an empty entry', '198.51.100.66, ', '127.0.0.1'],
  ])('a session stores %s', async (_name, sent, stored) => {
    expect(await registeredAddress(server, from(sent))).toBe(stored);
  });
});

describe('Behind one proxy, the list of sessions', () => {
  const server = useServer({ IS_PROXIED: 'true' });

  const listedAddress = async (headers: Headers): Promise<unknown> => {
    const user = await createUser(server);
    const { accessToken } = await login(server, user, from('198.51.100.7'));
    const { body } = await server
      .request()
      .get('/api/auth/sessions')
      .set({ ...bearer({ accessToken }), ...headers })
      .expect(200);
    return body.data[0].ipAddress;
  };

  it('shows the current session with the address of the caller', async () => {
    expect(await listedAddress(from('203.0.113.50'))).toBe('203.0.113.50');
  });

  it('shows it with the stored address to a web server that asks past the proxy', async () => {
    expect(await listedAddress({})).toBe('198.51.100.7');
  });
});

describe('Behind one proxy, with a limit of three requests a minute', () => {
  const MAXIMUM = 3;
  const server = useServer({ IS_PROXIED: 'true', AUTH_RATE_LIMIT_MAX: String(MAXIMUM) });

  const statusOfLogin = async (address: string): Promise<number> => {
    const body = { identifier: 'nobody', password: 'wrong' };
    return (await server.request().post('/api/auth/local').set(from(address)).send(body)).status;
  };

  it.each<[string, (count: number) => string, string]>([
    [
      'that writes other addresses before its own',
      (count) => `198.51.100.${count}, 203.0.113.20`,
      '198.51.100.1, 203.0.113.21',
    ],
    [
      'that uses many addresses of an IPv6 /64',
      (count) => `2001:db8:0:1:${count}::1`,
      '2001:db8:0:2::1',
    ],
    ['that uses many ports', (count) => `203.0.113.5:${4000 + count}`, '203.0.113.6:4000'],
    ['that uses many zones', (count) => `fe80::5%eth${count}`, 'fe80:0:0:1::5%eth0'],
    [
      'whose address is mapped to IPv6 at times',
      (count) => (count % 2 ? '203.0.113.8' : '::ffff:203.0.113.8'),
      '::ffff:203.0.113.9',
    ],
  ])('a caller %s is one caller', async (_name, addressOf, other) => {
    for (let count = 0; count < MAXIMUM; count += 1) {
      expect(await statusOfLogin(addressOf(count))).toBe(400);
    }

    expect(await statusOfLogin(addressOf(MAXIMUM))).toBe(429);
    expect(await statusOfLogin(other)).toBe(400);
  });
});

describe('Behind other proxies, a session stores', () => {
  const FORGED = '198.51.100.66';
  const CLIENT = '203.0.113.50';
  const NETWORK = '192.0.2.10';

  it('the last address but one with TRUSTED_PROXIES=2', async () => {
    await withServer({ IS_PROXIED: 'true', TRUSTED_PROXIES: '2' }, async (server) => {
      const stored = (sent: string) => registeredAddress(server, from(sent));

      expect(await stored(`${FORGED}, ${CLIENT}, ${NETWORK}`)).toBe(CLIENT);
      expect(await stored(`${CLIENT}, ${NETWORK}`)).toBe(CLIENT);
    });
  });

  it('the address in CLIENT_ADDRESS_HEADER, whatever X-Forwarded-For contains', async () => {
    const variables = { IS_PROXIED: 'true', CLIENT_ADDRESS_HEADER: 'CF-Connecting-IP' };
    await withServer(variables, async (server) => {
      const headers = { ...from(`${FORGED}, ${NETWORK}`), 'CF-Connecting-IP': CLIENT };

      expect(await registeredAddress(server, headers)).toBe(CLIENT);
      expect(await registeredAddress(server, from(FORGED))).toBe('127.0.0.1');
    });
  });

  it('the address of the connection without IS_PROXIED', async () => {
    await withServer({}, async (server) => {
      expect(await registeredAddress(server, from(FORGED))).toBe('127.0.0.1');
    });
  });
});
