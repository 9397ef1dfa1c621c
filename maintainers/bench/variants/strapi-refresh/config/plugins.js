// Strapi's own refresh mode. Without `sessions.httpOnly` refresh tokens travel in the body.
const HOUR = 60 * 60;

module.exports = () => ({
  'users-permissions': {
    config: {
      jwtManagement: 'refresh',
      sessions: {
        accessTokenLifespan: HOUR,
        maxRefreshTokenLifespan: 30 * 24 * HOUR,
        idleRefreshTokenLifespan: 2 * 24 * HOUR,
      },
      ratelimit: { enabled: false },
    },
  },
});
