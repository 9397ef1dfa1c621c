import { evaluate, expressionAt, UNKNOWN } from './source-code.mjs';

const seconds = (value) => (Number.isInteger(value) && value > 0 ? `${value}s` : UNKNOWN);

/** Each lives no longer than the next. Strapi takes the shorter by itself; here the boot refuses the longer. */
const LIVES = ['SESSION_EXPIRES', 'REFRESH_TOKEN_EXPIRES', 'JWT_SECRET_EXPIRES'];

const capped = (variables) => {
  let longest = Infinity;
  const lives = LIVES.filter((name) => variables[name]).map((name) => {
    longest = Math.min(longest, Number.parseInt(variables[name], 10));
    return [name, `${longest}s`];
  });
  return { ...variables, ...Object.fromEntries(lives) };
};

const transport = (isHttpOnly) => (isHttpOnly === true ? 'cookie' : 'body');

/** Each setting of Strapi's refresh mode, what it becomes (docs/moving.md), and Strapi's default where ours differs. */
const SETTINGS = [
  ['sessions.accessTokenLifespan', 'JWT_SECRET_EXPIRES', seconds, 600],
  ['sessions.idleRefreshTokenLifespan', 'REFRESH_TOKEN_EXPIRES', seconds, 1_209_600],
  ['sessions.maxRefreshTokenLifespan', 'SESSION_EXPIRES', seconds, 2_592_000],
  ['sessions.httpOnly', 'REFRESH_TOKEN_TRANSPORT', transport, false],
  ['sessions.cookie.name', 'REFRESH_COOKIE_NAME', String, 'strapi_up_refresh'],
  ['sessions.cookie.secure', 'REFRESH_COOKIE_SECURE', String],
  ['sessions.cookie.sameSite', 'REFRESH_COOKIE_SAMESITE', String],
  ['sessions.cookie.domain', 'REFRESH_COOKIE_DOMAIN', String],
];

/**
 * Reads the settings of Strapi's refresh mode.
 *
 * @param config the object literal `users-permissions.config` of `config/plugins`
 * @param environment the variables of the app
 * @returns `{ variables, earlierSecret, unread }`: what they become in `.env`, the secret that has signed the tokens, and a
 * line for each that only the running app knows. Null when the app is not in that mode.
 */
export const settingsOfRefreshMode = (config, environment) => {
  const read = (address, fallback) => {
    const node = expressionAt(config, address);
    return node ? evaluate(node, environment) : fallback;
  };
  if (read('jwtManagement') !== 'refresh') return null;

  const variables = {};
  const unread = [];
  for (const [address, variable, convert, fallback] of SETTINGS) {
    const value = read(address, fallback);
    if (value === undefined) continue;
    const text = value === UNKNOWN ? UNKNOWN : convert(value);
    if (text === UNKNOWN) unread.push(`${address} becomes ${variable}`);
    else variables[variable] = text;
  }
  const secret = read('jwtSecret', environment.JWT_SECRET);
  if (secret === UNKNOWN) unread.push('jwtSecret becomes ADOPT_JWT_SECRET');
  return {
    variables: capped(variables),
    earlierSecret: typeof secret === 'string' ? secret : undefined,
    unread,
  };
};
