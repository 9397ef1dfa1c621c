const base64Url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');

/**
 * Returns the function that derives the `Idempotency-Key` of a refresh from its refresh token, for a web server that
 * refreshes for browsers. Nothing is stored, and all processes of the web server send the same key. So a refresh can be
 * repeated when the browser has left before its new cookies arrived. A thief of a token does not know the secret, and
 * therefore not the key.
 *
 * @param secret a random text that all processes of the web server share
 * @throws {Error} if the secret is empty
 */
export const createIdempotencyKeys = (secret: string) => {
  if (secret === '') throw new Error('The secret of the Idempotency-Keys is empty');
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const importing = crypto.subtle.importKey('raw', bytesOf(secret), hmac, false, ['sign']);
  return async (refreshToken: string): Promise<string> =>
    base64Url(await crypto.subtle.sign('HMAC', await importing, bytesOf(refreshToken)));
};
