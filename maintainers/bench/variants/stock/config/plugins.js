module.exports = ({ env }) => ({
  'users-permissions': {
    config: {
      jwtSecret: env('JWT_SECRET'),
      jwt: { expiresIn: env('JWT_SECRET_EXPIRES') },
      ratelimit: { enabled: false },
    },
  },
});
