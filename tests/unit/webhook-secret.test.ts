import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  readSettings,
  type Environment,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';
import { requiredVariables, settingsRefusalOf } from '../helpers/settings';

const base64 = (bytes: number): string => randomBytes(bytes).toString('base64');
const whsec = (bytes: number): string => `whsec_${base64(bytes)}`;

describe('WEBHOOK_SECRET', () => {
  it('may have several secrets of 24 to 64 bytes', () => {
    const [least, most] = [base64(24), base64(64)];

    const { webhookSecrets } = readSettings(
      { ...requiredVariables, WEBHOOK_SECRET: `whsec_${least}, whsec_${most}` },
      true,
    );

    expect(webhookSecrets).toEqual([least, most]);
  });

  const base64Url = Buffer.alloc(24, '?>').toString('base64url');
  const shared = base64(32);

  it.each<[string, Environment, string]>([
    ['without its prefix', { WEBHOOK_SECRET: base64(32) }, 'must be "whsec_"'],
    ['empty but for the prefix', { WEBHOOK_SECRET: 'whsec_' }, '24 to 64 bytes'],
    ['too short', { WEBHOOK_SECRET: whsec(23) }, '24 to 64 bytes'],
    ['too long', { WEBHOOK_SECRET: whsec(65) }, '24 to 64 bytes'],
    ['too short, the second one', { WEBHOOK_SECRET: `${whsec(32)},${whsec(16)}` }, '24 to 64'],
    ['with an extra comma', { WEBHOOK_SECRET: `${whsec(32)},` }, 'must be "whsec_"'],
    ['without padding', { WEBHOOK_SECRET: whsec(32).replace('=', '') }, 'padded base64'],
    ['in base64url', { WEBHOOK_SECRET: `whsec_${base64Url}` }, 'padded base64'],
    ['a placeholder', { WEBHOOK_SECRET: 'whsec_tobemodified' }, 'placeholder'],
    ['easy to guess', { WEBHOOK_SECRET: `whsec_${'A'.repeat(32)}` }, 'easy to guess'],
    [
      'also the secret of access tokens, without its prefix',
      { WEBHOOK_SECRET: `${whsec(32)},whsec_${shared}`, JWT_SECRET: shared },
      'is also a value of',
    ],
    [
      'also the secret of the admin panel',
      { WEBHOOK_SECRET: `whsec_${shared}`, ADMIN_JWT_SECRET: `whsec_${shared}` },
      'is also a value of',
    ],
  ])('is refused when it is %s', (_name, changes, message) => {
    const { problems } = settingsRefusalOf({ ...requiredVariables, ...changes });

    expect(problems).toEqual([
      { variable: 'WEBHOOK_SECRET', message: expect.stringContaining(message) },
    ]);
  });
});
