/** An access token. `expiresAt` is in milliseconds since the epoch, by the clock of this machine. */
export interface Access {
  readonly jwt: string;
  readonly userId: number;
  readonly expiresAt: number;
}

/**
 * Computes the expiry from `exp - iat`, since the clocks of the server and this machine may differ.
 *
 * @param requestedAt when the request was sent, in milliseconds since the epoch
 */
export const readAccess = (jwt: string, requestedAt: number): Access => {
  const payload = jwt.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? '';
  const { id, iat, exp } = JSON.parse(atob(payload)) as Record<'id' | 'iat' | 'exp', number>;
  return { jwt, userId: id, expiresAt: requestedAt + (exp - iat) * 1000 };
};
