import { Agent, request } from 'node:http';

const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const PASSWORD = 'Bench-password-1';

/** One user on one device: a connection that is kept, and the tokens of its session. */
export const createClient = ({ url, refreshPath }, name) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let tokens = {};

  const exchange = (method, path, { body, token } = {}) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = { 'user-agent': USER_AGENT };
      if (token) headers.authorization = `Bearer ${token}`;
      if (payload) {
        headers['content-type'] = 'application/json';
        headers['content-length'] = Buffer.byteLength(payload);
      }
      const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(payload);
    });

  const refreshWith = async (refreshToken) => {
    const answer = await exchange('POST', refreshPath, { body: { refreshToken } });
    if (!answer.jwt || !answer.refreshToken) throw new Error(`${refreshPath} answered no tokens`);
    return answer;
  };

  return {
    register: () =>
      exchange('POST', '/api/auth/local/register', {
        body: { username: name, email: `${name}@example.com`, password: PASSWORD },
      }),
    async login() {
      tokens = await exchange('POST', '/api/auth/local', {
        body: { identifier: name, password: PASSWORD },
      });
    },
    async refresh() {
      tokens = await refreshWith(tokens.refreshToken);
    },
    /** Refreshes a session that is not this client's own. */
    refreshWith,
    me: () => exchange('GET', '/api/users/me', { token: tokens.jwt }),
    close: () => agent.destroy(),
  };
};
