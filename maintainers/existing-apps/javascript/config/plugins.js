module.exports = ({ env }) => ({
  'users-permissions': {
    config: {
      jwt: {
        expiresIn: env('JWT_SECRET_EXPIRES', '360s'),
      },
      register: {
        allowedFields: [],
      },
    },
  },
  upload: {
    config: {
      sizeLimit: 10 * 1024 * 1024,
    },
  },
});
