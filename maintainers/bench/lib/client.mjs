import { Agent, request } from 'node:http';

const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const PASSWORD = 'Bench-password-1';

/**
 * Creates a client of one user: it keeps one connection and the tokens of one session.
 *
 * @param server `{ url, refreshPath, accountPath }`, the last by default that of Strapi
 */
export const createClient = ({ url, refreshPath, accountPath = '/api/users/me' }, name) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let tokens = {};

  const send = (method, path, { body, token } = {}) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = { 'user-agent': USER_AGENT };
      if (token) headers.authorization = `Bearer ${token}`;
      if (payload) {
        headers['content-type'] = 'application/json';
        headers['content-length'] = Buffer.byteLength(payload);
      }
      const outgoing = request(`${url}${path}`, { agent, method, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(payload);
    });

  const refreshWith = async (refreshToken) => {
    const pair = await send('POST', refreshPath, { body: { refreshToken } });
    if (!pair.jwt || !pair.refreshToken) throw new Error(`${refreshPath} returned no tokens`);
    return pair;
  };

  return {
    register: () =>
      send('POST', '/api/auth/local/register', {
        body: { username: name, email: `${name}@example.com`, password: PASSWORD },
      }),
    async login() {
      tokens = await send('POST', '/api/auth/local', {
        body: { identifier: name, password: PASSWORD },
      });
    },
    async refresh() {
      tokens = await refreshWith(tokens.refreshToken);
    },
    /** Refreshes with the token of another session; the client keeps its own tokens. */
    refreshWith,
    fetchOwnAccount: () => send('GET', accountPath, { token: tokens.jwt }),
    fetchPhotos: () => send('GET', '/api/photos', { token: tokens.jwt }),
    close: () => agent.destroy(),
  };
};
