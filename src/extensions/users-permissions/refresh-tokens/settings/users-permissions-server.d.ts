/** The part of the plugin that is used here; the package ships no types. */
declare module '@strapi/plugin-users-permissions/strapi-server' {
  import type { env } from '@strapi/utils';

  const createServer: () => {
    readonly config: {
      default(context: { env: typeof env }): Readonly<Record<string, unknown>>;
    };
    readonly services: Readonly<Record<string, (context: object) => object>>;
  };
  export default createServer;
}
