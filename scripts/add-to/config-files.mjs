import ts from 'typescript';
import { settingsOfRefreshMode } from './refresh-mode.mjs';
import {
  addImport,
  addProperty,
  configValue,
  evaluate,
  expressionAt,
  nameOf,
  objectIn,
  openSource,
  propertyOf,
  removeFromList,
  UNKNOWN,
} from './source-code.mjs';

/** The extension, seen from `config/`. */
const EXTENSION = '../src/extensions/users-permissions/refresh-tokens';

/** What each file of `config/` gets, and how to do that by hand. */
const OURS = {
  plugins: {
    name: 'usersPermissions',
    from: `${EXTENSION}/settings/users-permissions`,
    example: "  'users-permissions': usersPermissions(),",
  },
  middlewares: {
    name: 'withRefreshTokens',
    from: `${EXTENSION}/http/global-middlewares`,
    example: "  withRefreshTokens([\n    'strapi::logger',\n    …\n  ])",
  },
  server: {
    name: 'proxySettings',
    from: `${EXTENSION}/settings/proxy`,
    example: '  proxy: proxySettings(),',
  },
};

const byHand = ({ name, from, example }) => ({
  byHand: `What it exports cannot be told without running it. Change it so:\n\n  import { ${name} } from '${from}';\n\n${example}`,
});

/** Opens a file of `config/` unless it has been changed before. `value` is its object or list. */
const openConfig = (file, text, { name }) => {
  if (text.includes(`${name}(`)) return null;
  const source = openSource(file, text);
  return { ...source, value: configValue(source.tree) };
};

const finish = (source, { name, from }) => {
  addImport(source, name, from);
  return source.edit.toString();
};

/** Settings of users-permissions that have no effect any more (`settings/plugin-config.ts`). */
const WITHOUT_EFFECT = ['jwtManagement', 'sessions', 'jwtSecret', 'jwt', 'ratelimit'];

/**
 * Puts `usersPermissions()` into `config/plugins`, and keeps the settings that still have an effect.
 *
 * @param environment the variables of the app
 * @returns `{ text, notes, variables, earlierSecret }`: what the settings of Strapi's refresh mode become in `.env`, and the
 * secret of its tokens. With, or instead of these, `byHand`. Empty where nothing is to be done.
 */
export const changePlugins = (file, text, environment) => {
  const source = openConfig(file, text, OURS.plugins);
  if (!source) return {};
  const plugins = source.value;
  if (!plugins || !ts.isObjectLiteralExpression(plugins)) return byHand(OURS.plugins);

  if (!propertyOf(plugins, 'users-permissions')) {
    addProperty(source, plugins, "'users-permissions': usersPermissions()");
    return { text: finish(source, OURS.plugins) };
  }
  const entry = objectIn(plugins, 'users-permissions');
  const config = objectIn(entry, 'config');
  const isPlain =
    entry?.properties.every((one) => nameOf(one) === 'config' || one.getText() === 'enabled: true') &&
    (config ? config.properties.every(nameOf) : !propertyOf(entry, 'config'));
  if (!isPlain) return byHand(OURS.plugins);

  const mode = config && settingsOfRefreshMode(config, environment);
  const dropped = config?.properties.filter((one) => WITHOUT_EFFECT.includes(nameOf(one))) ?? [];
  if (config && config.properties.length > dropped.length) {
    source.edit.overwrite(entry.getStart(), config.getStart(), 'usersPermissions(');
    source.edit.overwrite(config.end, entry.end, ')');
    for (const property of dropped) removeFromList(source, property);
  } else {
    source.edit.overwrite(entry.getStart(), entry.end, 'usersPermissions()');
  }
  return {
    text: finish(source, OURS.plugins),
    notes: dropped.map((property) => `without ${nameOf(property)}, which has no effect any more`),
    ...(mode && { variables: mode.variables, earlierSecret: mode.earlierSecret }),
    ...(mode?.unread.length && {
      byHand: `Set in .env what only the running app knows:\n\n  ${mode.unread.join('\n  ')}`,
    }),
  };
};

/** Puts the list of `config/middlewares` into `withRefreshTokens(…)`. Returns `{ text }`, `{ byHand }` or, if it is there, `{}`. */
export const changeMiddlewares = (file, text) => {
  const source = openConfig(file, text, OURS.middlewares);
  if (!source) return {};
  const list = source.value;
  if (!list || !ts.isArrayLiteralExpression(list)) return byHand(OURS.middlewares);
  source.edit.appendRight(list.getStart(), 'withRefreshTokens(');
  source.edit.appendLeft(list.end, ')');
  return { text: finish(source, OURS.middlewares) };
};

/** What `proxySettings()` sets. The rest of `proxy` is about requests that the server sends. */
const OF_PROXY_SETTINGS = ['koa', 'maxIpsCount', 'ipHeader'];

/**
 * Puts `proxySettings()` into `config/server`.
 *
 * @param environment the variables of the app
 * @returns `{ text, variables }`: `IS_PROXIED` where the app trusted a proxy; or `{ byHand }`; or `{}`
 */
export const changeServer = (file, text, environment) => {
  const source = openConfig(file, text, OURS.server);
  if (!source) return {};
  const server = source.value;
  if (!server || !ts.isObjectLiteralExpression(server)) return byHand(OURS.server);

  const before = expressionAt(server, 'proxy');
  if (!before) {
    if (propertyOf(server, 'proxy')) return byHand(OURS.server);
    addProperty(source, server, 'proxy: proxySettings()');
    return { text: finish(source, OURS.server) };
  }
  const proxy = objectIn(server, 'proxy');
  const trust = proxy ? expressionAt(proxy, 'koa') : before;
  const isProxied = trust ? evaluate(trust, environment) : false;
  if (isProxied === UNKNOWN) return byHand(OURS.server);

  const replaced = proxy?.properties.filter((one) => OF_PROXY_SETTINGS.includes(nameOf(one))) ?? [];
  if (proxy && proxy.properties.length > replaced.length) {
    for (const property of replaced) removeFromList(source, property);
    addProperty(source, proxy, '...proxySettings()');
  } else {
    source.edit.overwrite(before.getStart(), before.end, 'proxySettings()');
  }
  return {
    text: finish(source, OURS.server),
    ...(isProxied === true && { variables: { IS_PROXIED: 'true' } }),
  };
};
