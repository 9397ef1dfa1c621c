import jwt from 'jsonwebtoken';
import type { TestServer } from './server';
import type { TestUser } from './users';

/** Issues refresh tokens as an app did before it moved here. */
export interface EarlierTokens {
  readonly name: string;
  /** Issues one that lives 14 days. Each is another one. */
  issue(user: Pick<TestUser, 'id'>): Promise<string>;
}

type Server = Pick<TestServer, 'strapi' | 'clock'>;

/** Strapi's own service, which this project does not use, issues them and stores their rows. */
export const earlierTokensOfStrapi = (server: Pick<Server, 'strapi'>): EarlierTokens => ({
  name: "Strapi's refresh mode",
  async issue({ id }) {
    const sessions = server.strapi.sessionManager('users-permissions');
    return (await sessions.generateRefreshToken(String(id), undefined, { type: 'refresh' })).token;
  },
});

/** @param secret the `REFRESH_SECRET` of the app that followed the tutorial */
export const earlierTokensOfTutorial = (
  server: Pick<Server, 'clock'>,
  secret: string,
): EarlierTokens => {
  let issued = 0;
  return {
    name: 'the tutorial',
    async issue({ id }) {
      issued += 1;
      const iat = Math.floor(server.clock.now() / 1000) - issued;
      return jwt.sign({ id, iat }, secret, { expiresIn: '14d' });
    },
  };
};
