import uniqBy from 'lodash/uniqBy';
import { z } from 'zod';
import type { AccessTokenOptions } from '../core/tokens';
import { accessKeyList, signingKey } from './keys';
import { tokenParty, variable } from './variables';

/** What access tokens need to be verified by other services. */
export interface AccessTokens extends AccessTokenOptions {
  /** All keys that verify and are published; that of the signing key first. */
  readonly publicKeys: NonNullable<AccessTokenOptions['publicKeys']>;
}

/** The environment variables for it. */
export const accessTokenVariables = z.object({
  ACCESS_TOKEN_PRIVATE_KEY: variable(
    signingKey.optional(),
    'Signs access tokens, in place of `JWT_SECRET`: ES256 with a P-256 key, RS256 with an RSA key of 2048 bits or more. PKCS#8 as PEM text, with `\\n` for each line break, or the path of such a file. `npm run keys` creates one; docs/verifying.md describes its rotation.',
  ),
  ACCESS_TOKEN_PUBLIC_KEYS: variable(
    accessKeyList.optional(),
    'Further public keys that verify access tokens and are published: the previous or the next one. PEM texts one after another, or paths, comma-separated.',
  ),
  ACCESS_TOKEN_ISSUER: variable(
    tokenParty.optional(),
    '`iss` of every access token. A token with another one or without is refused: `https://api.example.com`.',
  ),
  ACCESS_TOKEN_AUDIENCE: variable(tokenParty.optional(), '`aud` of every access token, likewise.'),
});

/** Returns the settings of these variables. */
export const toAccessTokens = ({
  ACCESS_TOKEN_PRIVATE_KEY: ownKey,
  ACCESS_TOKEN_PUBLIC_KEYS: otherKeys = [],
  ACCESS_TOKEN_ISSUER: issuer,
  ACCESS_TOKEN_AUDIENCE: audience,
}: z.output<typeof accessTokenVariables>): AccessTokens => ({
  signingKey: ownKey,
  publicKeys: uniqBy([...(ownKey ? [ownKey] : []), ...otherKeys], 'kid'),
  issuer,
  audience,
});
