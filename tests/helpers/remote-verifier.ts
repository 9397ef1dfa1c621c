import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './paths';

const SCRIPT = path.join(projectRoot, 'tests/helpers/remote-verifier-process.mjs');

interface Verified {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  /** The code of `jose` for a token that it refuses. */
  readonly refused?: string;
}

/**
 * Verifies an access token with `jose` in another process, which gets the keys over HTTP.
 *
 * @param url of the server, without a slash at its end
 * @param options of `jwtVerify`; `currentDate` for a server with a clock of its own
 */
export const verifyRemotely = async (
  url: string,
  token: string,
  options: {
    readonly currentDate?: Date;
    readonly issuer?: string;
    readonly audience?: string;
  } = {},
): Promise<Verified> => {
  const keys = `${url}/api/.well-known/jwks.json`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[SCRIPT, keys, token, JSON.stringify({ currentDate: new Date(), ...options })],
  ]);
  return JSON.parse(stdout) as Verified;
};
