import type { Core } from '@strapi/strapi';

interface ContentType {
  readonly uid: string;
}

/** The methods of the `content-types` service of `@strapi/content-manager` 5.54 by which it finds all types. */
interface ContentTypesService {
  findAllContentTypes(): ContentType[];
  findContentType(uid: string): ContentType | undefined;
}

/**
 * Hides content types from the Content Manager. `visible: false` in a schema hides them from its pages
 * only: its API still shows them, and the permission to read them exists for each, which super admins get
 * at boot (`services/permission.js`). A type that it does not find has no permission, so nobody has it.
 *
 * Has to run before the Content Manager's bootstrap, which registers the permissions.
 *
 * @param uids the content types to hide
 */
export const hideFromContentManager = (strapi: Core.Strapi, uids: readonly string[]): void => {
  strapi
    .get('services')
    .extend('plugin::content-manager.content-types', (service: ContentTypesService) => ({
      ...service,
      findAllContentTypes: () =>
        service.findAllContentTypes().filter(({ uid }) => !uids.includes(uid)),
      findContentType: (uid: string) =>
        uids.includes(uid) ? undefined : service.findContentType(uid),
    }));
};
