/** The headers that show which site a request comes from. */
export interface RequestOrigin {
  /** The `Origin` header, empty when absent. */
  readonly origin: string;
  /** The `Sec-Fetch-Site` header, empty when absent. */
  readonly fetchSite: string;
  /** The `Host` header, with its port. */
  readonly host: string;
}

/** Accepts both schemes: behind a proxy Node cannot know which one the browser used. */
const isOwnOrigin = (origin: string, host: string): boolean =>
  ['http', 'https'].some((scheme) => {
    const own = `${scheme}://${host}`;
    return URL.canParse(own) && new URL(own).origin === origin;
  });

/**
 * Returns whether a request that authenticates by cookie comes from a page of this server or of a
 * client origin (design section 6, CSRF). Browsers send `Origin` with every POST. A request with
 * neither header does not come from a page of another site.
 *
 * @param clientOrigins origins that may use the API with credentials
 */
export const isTrustedOrigin = (
  { origin, fetchSite, host }: RequestOrigin,
  clientOrigins: readonly string[],
): boolean =>
  origin === ''
    ? fetchSite !== 'cross-site'
    : isOwnOrigin(origin, host) || clientOrigins.includes(origin);
