import { keySetOf, type AccessKey } from '../core/access-keys';
import type { Action } from '../shapes';

/** In seconds. A new key is published that long before it signs (docs/verifying.md). */
const CACHE_LIFETIME = 300;

/** Creates the action that publishes the keys of access tokens (RFC 7517); without a key, an empty set. */
export const createKeySetAction = (keys: readonly AccessKey[]): Action => {
  const keySet = keySetOf(keys);
  return async (ctx) => {
    ctx.set('Cache-Control', `public, max-age=${CACHE_LIFETIME}`);
    ctx.send(keySet);
  };
};
