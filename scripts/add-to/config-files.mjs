import ts from 'typescript';
import { loadSettings } from '../load-settings.mjs';
import { EXTENSION } from './brought-files.mjs';
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

/** What each file of `config/` gets, and how to do that by hand. */
const OURS = {
  plugins: {
    name: 'usersPermissions',
    from: `../${EXTENSION}/settings/users-permissions`,
    example: "  'users-permissions': usersPermissions(),",
  },
  middlewares: {
    name: 'withRefreshTokens',
    from: `../${EXTENSION}/http/global-middlewares`,
    example: "  withRefreshTokens([\n    'strapi::logger',\n    …\n  ])",
  },
  server: {
    name: 'proxySettings',
    from: `../${EXTENSION}/settings/proxy`,
    example: '  proxy: proxySettings(),',
  },
};

const byHand = ({ name, from, example }) => ({
  byHand: `Only the running app knows what it exports. Change it so:\n\n  import { ${name} } from '${from}';\n\n${example}`,
});

/**
 * Changes a file of `config/`, unless that was done before.
 *
 * @param ours one of {@link OURS}
 * @param isExpected whether it is the object or list that the file should have
 * @param change gets the opened file and that value; returns what is to be said, or null where it cannot change it
 */
const changeConfig = (file, text, ours, isExpected, change) => {
  if (text.includes(`${ours.name}(`)) return {};
  const source = openSource(file, text);
  const value = configValue(source.tree);
  const said = value && isExpected(value) ? change(source, value) : null;
  if (!said) return byHand(ours);
  addImport(source, ours.name, ours.from);
  return { text: source.edit.toString(), ...said };
};

/** Whether a setting of users-permissions goes: `usersPermissions()` sets the first, the others have no effect. */
const isDropped = (property) =>
  ['jwtManagement', ...Object.keys(loadSettings('plugin-config').WITHOUT_EFFECT)].includes(
    nameOf(property),
  );

/** Whether an entry of `config/plugins` has nothing but an object literal as its `config`. */
const isPlain = (entry, config) =>
  entry?.properties.every((one) => nameOf(one) === 'config' || one.getText() === 'enabled: true') &&
  (config ? config.properties.every(nameOf) : !propertyOf(entry, 'config'));

const changeEntry = (source, plugins, environment) => {
  const entry = objectIn(plugins, 'users-permissions');
  const config = objectIn(entry, 'config');
  if (!isPlain(entry, config)) return null;
  const properties = config?.properties ?? [];
  const dropped = properties.filter(isDropped);
  if (properties.length > dropped.length) {
    source.edit.overwrite(entry.getStart(), config.getStart(), 'usersPermissions(');
    source.edit.overwrite(config.end, entry.end, ')');
    for (const property of dropped) removeFromList(source, property);
  } else {
    source.edit.overwrite(entry.getStart(), entry.end, 'usersPermissions()');
  }
  const { unread = [], ...mode } = (config && settingsOfRefreshMode(config, environment)) ?? {};
  return {
    ...mode,
    notes: dropped.map((property) => `without ${nameOf(property)}, which has no effect any more`),
    ...(unread.length > 0 && {
      byHand: `Set in .env what only the running app knows:\n\n  ${unread.join('\n  ')}`,
    }),
  };
};

/**
 * Puts `usersPermissions()` into `config/plugins`, and keeps the settings that still have an effect.
 *
 * @param environment the variables of the app
 * @returns `{ text, notes, variables, earlierSecret }`: what the settings of Strapi's refresh mode become in `.env`, and the
 * secret of its tokens. With, or instead of these, `byHand`. Empty where nothing is to be done.
 */
export const changePlugins = (file, text, environment) =>
  changeConfig(file, text, OURS.plugins, ts.isObjectLiteralExpression, (source, plugins) => {
    if (propertyOf(plugins, 'users-permissions')) return changeEntry(source, plugins, environment);
    addProperty(source, plugins, "'users-permissions': usersPermissions()");
    return {};
  });

/** Puts the list of `config/middlewares` into `withRefreshTokens(…)`. Returns `{ text }`, `{ byHand }` or, if it is there, `{}`. */
export const changeMiddlewares = (file, text) =>
  changeConfig(file, text, OURS.middlewares, ts.isArrayLiteralExpression, ({ edit }, list) => {
    edit.appendRight(list.getStart(), 'withRefreshTokens(');
    edit.appendLeft(list.end, ')');
    return {};
  });

/** What `proxySettings()` sets. The rest of `proxy` is about requests that the server sends. */
const OF_PROXY_SETTINGS = ['koa', 'maxIpsCount', 'ipHeader'];

const changeProxy = (source, server, environment) => {
  const before = expressionAt(server, 'proxy');
  const proxy = objectIn(server, 'proxy');
  const trust = proxy ? expressionAt(proxy, 'koa') : before;
  const isProxied = trust ? evaluate(trust, environment) : false;
  if (!before || isProxied === UNKNOWN) return null;

  const properties = proxy?.properties ?? [];
  const replaced = properties.filter((one) => OF_PROXY_SETTINGS.includes(nameOf(one)));
  if (properties.length > replaced.length) {
    for (const property of replaced) removeFromList(source, property);
    addProperty(source, proxy, '...proxySettings()');
  } else {
    source.edit.overwrite(before.getStart(), before.end, 'proxySettings()');
  }
  return isProxied === true ? { variables: { IS_PROXIED: 'true' } } : {};
};

/**
 * Puts `proxySettings()` into `config/server`.
 *
 * @param environment the variables of the app
 * @returns `{ text, variables }`: `IS_PROXIED` where the app trusted a proxy; or `{ byHand }`; or `{}`
 */
export const changeServer = (file, text, environment) =>
  changeConfig(file, text, OURS.server, ts.isObjectLiteralExpression, (source, server) => {
    if (propertyOf(server, 'proxy')) return changeProxy(source, server, environment);
    addProperty(source, server, 'proxy: proxySettings()');
    return {};
  });
