import ts from 'typescript';
import { openSource } from './source-code.mjs';
import { isTutorial, withoutTutorial } from './tutorial.mjs';

const FOLDER = 'src/extensions/users-permissions';

const EMPTY = {
  ts: `import { refreshTokens, type UsersPermissionsPlugin } from './refresh-tokens';

/** Put your own changes of the users-permissions plugin here, before or after ours. */
export default (plugin: UsersPermissionsPlugin): UsersPermissionsPlugin => {
  return refreshTokens(plugin);
};
`,
  js: `'use strict';

const { refreshTokens } = require('./refresh-tokens');

/** Put your own changes of the users-permissions plugin here, before or after ours. */
module.exports = (plugin) => {
  return refreshTokens(plugin);
};
`,
};

/** Calls the project's own extension first: ours then keeps what it finds. */
const AROUND = {
  ts: (imported) => `${imported}
import { refreshTokens, type UsersPermissionsPlugin } from './refresh-tokens';

type Extension = (
  plugin: UsersPermissionsPlugin,
) => UsersPermissionsPlugin | Promise<UsersPermissionsPlugin>;

/** Your own changes of the users-permissions plugin, then sessions and refresh tokens. */
export default async (plugin: UsersPermissionsPlugin): Promise<UsersPermissionsPlugin> =>
  refreshTokens(await (ownExtension as unknown as Extension)(plugin));
`,
  js: () => `'use strict';

const ownExtension = require('./own-extension');
const { refreshTokens } = require('./refresh-tokens');

/** Your own changes of the users-permissions plugin, then sessions and refresh tokens. */
module.exports = async (plugin) =>
  refreshTokens(await (ownExtension.default ?? ownExtension)(plugin));
`,
};

/** Moves the code of the project into a file of its own, and calls it from `strapi-server`. */
const moveOwn = (file, before, after, { find }) => {
  const extension = file.endsWith('.ts') ? 'ts' : 'js';
  const own = `${FOLDER}/own-extension.${extension}`;
  if (find(`${FOLDER}/own-extension`)) {
    return { file, byHand: `${own} exists: put your extension into another file, and call it.` };
  }
  const imported = ts.isExternalModule(openSource(file, after).tree)
    ? "import ownExtension from './own-extension';"
    : "const ownExtension = require('./own-extension');";
  return {
    writes: { [own]: after, [file]: AROUND[extension](imported) },
    notes: [
      `${file} becomes ${own}, and is called before ours`,
      ...(after === before ? [] : [`${own}: without the code of the tutorial`]),
    ],
  };
};

/**
 * Puts the extension into `strapi-server`. An own one becomes `own-extension`, as it is but for the tutorial's code.
 *
 * @param app `{ find, read, isTypeScript }`
 * @returns `{ writes, notes }`, the texts by path, null for a file that goes; or `{ byHand, file }`; or `{}`
 */
export const changeStrapiServer = (app) => {
  const file = app.find(`${FOLDER}/strapi-server`);
  const language = app.isTypeScript ? 'ts' : 'js';
  const fresh = { [`${FOLDER}/strapi-server.${language}`]: EMPTY[language] };
  if (!file) return { writes: fresh };
  const before = app.read(file);
  if (/['"]\.\/refresh-tokens(\/index)?['"]/.test(before)) return {};

  const { text, byHand } = isTutorial(before) ? withoutTutorial(file, before) : { text: before };
  if (byHand) return { file, byHand };
  if (text !== null) return moveOwn(file, before, text, app);
  return { writes: { [file]: null, ...fresh }, notes: [`${file}: the code of the tutorial goes`] };
};
