/**
 * A service in another process that verifies an access token with `jose`, as docs/verifying.md describes.
 * Writes the header and the claims as JSON, or `{"refused": code}`.
 *
 * Arguments: the URL of the key set, the token and, as JSON, the options of `jwtVerify`.
 */
import process from 'node:process';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [url, token, text] = process.argv.slice(2);
const { currentDate, ...options } = JSON.parse(text);

const verify = async () => {
  try {
    const { protectedHeader: header, payload: claims } = await jwtVerify(
      token,
      createRemoteJWKSet(new URL(url)),
      { ...options, currentDate: new Date(currentDate) },
    );
    return { header, claims };
  } catch (error) {
    if (!error.code) throw error;
    return { refused: error.code };
  }
};

process.stdout.write(JSON.stringify(await verify()));
