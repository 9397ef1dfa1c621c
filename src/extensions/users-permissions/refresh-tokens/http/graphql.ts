import type { Core } from '@strapi/strapi';
import { checkPlainText } from './plain-input';

/** The parts of `@strapi/plugin-graphql` 5.54 that are used here. */
interface GraphqlExtension {
  shadowCRUD(uid: string): { disable(): unknown };
  use(configuration: { resolversConfig: Record<string, object> }): unknown;
}

type Resolver = (...call: unknown[]) => Promise<object>;

interface ApolloRequest {
  readonly request: { readonly query?: string; readonly variables?: object };
  /** The parsed query. */
  readonly document: object;
}

/** Leaves out `loc`, the places in the text: each is linked with the next. */
const withoutPlaces = (document: object): unknown =>
  JSON.parse(
    JSON.stringify(document, (name, value: unknown) => (name === 'loc' ? undefined : value)),
  );

/**
 * An Apollo plugin that refuses the text that `requirePlainText` refuses: Strapi's body parser skips
 * `/graphql` (`@strapi/core/dist/middlewares/body.js`), which has its own.
 */
const requirePlainOperation = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation({
        request: { query, variables },
        document,
      }: ApolloRequest): Promise<void> {
        try {
          // The text itself, and the strings that its escapes stand for.
          checkPlainText([query, variables, withoutPlaces(document)]);
        } catch (error) {
          // Apollo takes the status from here, and would otherwise respond with 500.
          const extensions = { http: { status: 400 } };
          return Promise.reject(Object.assign(error as Error, { extensions }));
        }
        return Promise.resolve();
      },
    }),
};

/** Removes the token from the result of a mutation. */
const withoutToken = async (next: Resolver, ...call: unknown[]): Promise<object> => ({
  ...(await next(...call)),
  jwt: null,
});

/**
 * Closes what `@strapi/plugin-graphql` opens, where a project has installed it (design section 6,
 * GraphQL). Without this, API tokens read all sessions, and those with full access change them.
 *
 * @param uids the content types that the schema must not have
 */
export const protectGraphql = (strapi: Core.Strapi, uids: readonly string[]): void => {
  const graphql = strapi.plugin('graphql');
  // Strapi's type says that the plugin exists.
  if (!(graphql as unknown)) return;

  const extension = graphql.service('extension') as GraphqlExtension;
  for (const uid of uids) extension.shadowCRUD(uid).disable();
  // Strapi issues a token here that is tied to no session. The REST route returns none.
  extension.use({
    resolversConfig: { 'Mutation.emailConfirmation': { middlewares: [withoutToken] } },
  });

  const own = strapi.config.get<{ plugins?: unknown[] }>('plugin::graphql.apolloServer', {});
  strapi.config.set('plugin::graphql.apolloServer', {
    // The plugin's default allows every origin. Without it `strapi::cors` decides, as for REST.
    cors: false,
    ...own,
    plugins: [...(own.plugins ?? []), requirePlainOperation],
  });
};
