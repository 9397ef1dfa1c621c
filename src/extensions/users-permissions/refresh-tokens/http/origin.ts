/** The parts of a request that say which site it comes from. */
export interface RequestOrigin {
  /** The `Origin` header, empty when absent. */
  readonly origin: string;
  /** The `Sec-Fetch-Site` header, empty when absent. */
  readonly fetchSite: string;
  /** The host that was asked, with its port. */
  readonly host: string;
}

/** Either scheme: behind a proxy Node cannot know which one the browser used. */
const isOwnOrigin = (origin: string, host: string): boolean =>
  ['http', 'https'].some((scheme) => {
    const own = `${scheme}://${host}`;
    return URL.canParse(own) && new URL(own).origin === origin;
  });

/**
 * Whether a request that authenticates by cookie may be believed to come from our own pages or
 * from one of the client's (design section 6, CSRF). Browsers send `Origin` with every POST; what
 * sends neither header is no browser and holds no cookie that it did not mean to send.
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
