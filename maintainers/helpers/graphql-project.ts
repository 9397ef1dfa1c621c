import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { compiledCopyWith } from '../../tests/helpers/compiled-copy';
import { projectRoot } from '../../tests/helpers/paths';
import type { TestServer } from '../../tests/helpers/server';

const require = createRequire(import.meta.url);
const PLUGIN = require.resolve('@strapi/plugin-graphql/package.json');

/**
 * The plugin finds a second copy of `@strapi/utils` in `maintainers/node_modules`, whose error classes
 * differ from Strapi's. A project has one copy.
 */
const shareStrapiUtils = (): void => {
  const shared = require.resolve('@strapi/utils', { paths: [projectRoot] });
  require(shared);
  require.cache[createRequire(PLUGIN).resolve('@strapi/utils')] = require.cache[shared];
};

/**
 * Copies the compiled project and installs `@strapi/plugin-graphql` in it. The copy is deleted after the
 * tests of the file.
 *
 * @param config the settings of the plugin in `config/plugins`
 */
export const createGraphqlProject = (config: object = {}): { distDir: string } => {
  shareStrapiUtils();
  const { distDir } = compiledCopyWith({});
  mkdirSync(path.join(distDir, 'own-config'));
  const plugins = path.join(distDir, 'config/plugins.js');
  renameSync(plugins, path.join(distDir, 'own-config/plugins.js'));
  const graphql = { enabled: true, resolve: PLUGIN, config };
  writeFileSync(
    plugins,
    `module.exports = (context) => ({
      ...require('../own-config/plugins').default(context),
      graphql: ${JSON.stringify(graphql)},
    });`,
  );
  return { distDir };
};

/** Sends a GraphQL operation. */
export const sendGraphql = (
  { request }: Pick<TestServer, 'request'>,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
) => request().post('/graphql').set(headers).send({ query, variables });
