/**
 * What Strapi's OpenAPI generator cannot know from the routes: where the API is, and how a request
 * proves who sends it.
 */
const openapi = () => ({
  servers: [
    {
      url: '{origin}/api',
      variables: {
        origin: { default: 'http://localhost:1337', description: 'Where the server is reached' },
      },
    },
  ],
  security: {
    bearerAuth: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'The access token: `jwt` in the answer of a login or a refresh. It lives for ' +
        '`JWT_SECRET_EXPIRES`, and no longer than its session.',
    },
    refreshCookie: {
      type: 'apiKey',
      in: 'cookie',
      name: 'refreshToken',
      description:
        'The refresh token in an `HttpOnly` cookie. ' +
        'A browser sends it by itself (`credentials: "include"`), and only from a web origin in ' +
        '`CLIENT_ORIGINS`. `REFRESH_COOKIE_NAME` names it.',
    },
  },
});

export default openapi;
