import { describe, expect, it } from 'vitest';
import { createLoggedSecrets } from '../helpers/logged-secrets';
import { accessClaims, ACCESS_SECRET } from '../helpers/tokens';
import { forgeToken } from '../helpers/forge';

const TOKEN = forgeToken({ payload: accessClaims, secret: ACCESS_SECRET });
const SIGNATURE = TOKEN.split('.')[2] ?? '';
const PASSWORD = 'a "quoted" passphrase';

/** Returns the message of the error, or nothing when no secret was found. */
const search = (...log: string[]): string => {
  const secrets = createLoggedSecrets();
  secrets.add('access token', TOKEN);
  secrets.add('password', PASSWORD);
  secrets.add('code', 'short');
  secrets.add('code', 'part-of-a-path');
  secrets.addPublic('part-of-a-path');
  secrets.addVariables({
    APP_KEYS: 'first-key-of-two,second-key-of-two',
    JWT_SECRET_EXPIRES: '10 minutes',
    REDIS_URL: 'redis://:open-sesame@127.0.0.1:6379',
  });
  try {
    secrets.assertNoneIn(log);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('The search for secrets in a log', () => {
  it.each([
    ['access token', `token ${TOKEN}`, 'token eyJ'],
    ['access token', `signature ${SIGNATURE}`, 'signature <access token>'],
    ['password', PASSWORD, '<password>'],
    ['password', JSON.stringify({ PASSWORD }), '{"PASSWORD":"<password>"}'],
    ['password', `/?p=${encodeURIComponent(PASSWORD)}&q`, '/?p=<password>&q'],
    ['APP_KEYS', 'keys: second-key-of-two', 'keys: <APP_KEYS>'],
    ['password in REDIS_URL', 'open-sesame', '<password in REDIS_URL>'],
    ['JWT', forgeToken({ payload: accessClaims, secret: 'unknown' }), '<JWT>'],
    ['hash of a password', `$2b$10$${'a'.repeat(53)}`, '<hash of a password>'],
  ])('names %s and conceals it in: %s', (kind, line, concealed) => {
    const message = search('info: before', line, 'info: after');

    expect(message).toContain(`\n${kind} in "${concealed}`);
    expect(message).not.toContain(SIGNATURE);
    expect(message).not.toContain('info:');
  });

  it('cuts a long line', () => {
    expect(search(PASSWORD + 'x'.repeat(1000)).length).toBeLessThan(400);
  });

  it('finds nothing in lines with a session id, a short value, a duration or a path', () => {
    const session = `session ${accessClaims.sessionId} of 7`;

    expect(search(session, 'short', '10 minutes', 'GET /part-of-a-path')).toBe('');
  });
});
