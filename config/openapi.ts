/**
 * Adds what Strapi's OpenAPI generator cannot read from the routes: the URL of the API, and how requests
 * authenticate.
 */
const openapi = () => ({
  servers: [
    {
      url: '{origin}/api',
      variables: {
        origin: { default: 'http://localhost:1337', description: 'The URL of the server' },
      },
    },
  ],
  security: {
    bearerAuth: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'The access token: `jwt` in the response to a login or a refresh. It lives for ' +
        '`JWT_SECRET_EXPIRES`, and no longer than its session.',
    },
    refreshCookie: {
      type: 'apiKey',
      in: 'cookie',
      name: 'refreshToken',
      description:
        'The refresh token in an `HttpOnly` cookie. ' +
        'A browser sends it by itself (`credentials: "include"`). It is accepted from this origin and ' +
        'from those in `CLIENT_ORIGINS`. `REFRESH_COOKIE_NAME` sets its name.',
    },
  },
});

export default openapi;
