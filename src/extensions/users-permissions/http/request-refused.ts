/** A request that is refused before any token is judged, with the sentence that its caller hears. */
export class RequestRefused extends Error {
  constructor(
    readonly status: 'badRequest' | 'unauthorized' | 'forbidden',
    message: string,
  ) {
    super(message);
    this.name = 'RequestRefused';
  }
}

export const missingRefreshToken = () => new RequestRefused('badRequest', 'Missing refresh token');

export const missingAuthentication = () =>
  new RequestRefused('unauthorized', 'Missing authentication');

export const crossSiteRequest = () =>
  new RequestRefused('forbidden', 'Cross-site requests may not use the refresh cookie');

export const unknownScope = () =>
  new RequestRefused('badRequest', 'scope must be "all" when it is given');
