import { describe, expect, it, vi } from 'vitest';
import type { TestServer } from '../helpers/server';
import { withServer } from '../helpers/suite';
import { createUser } from '../helpers/users';

/** Lets the server send the code to reset a password. Returns what it writes to the terminal, and the code. */
const forgetPassword = async (server: TestServer) => {
  const { id, email } = await createUser(server);
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const { status } = await server.request().post('/api/auth/forgot-password').send({ email });
    const written = write.mock.calls.map(([text]) => String(text)).join('');
    const query = server.strapi.db.query('plugin::users-permissions.user');
    const { resetPasswordToken } = await query.findOne({ where: { id } });
    return { status, email, written, code: String(resetPasswordToken) };
  } finally {
    write.mockRestore();
  }
};

describe('E-mails', () => {
  it('are shown in the terminal in development, and not in the log', () =>
    withServer({ NODE_ENV: 'development' }, async (server) => {
      const { status, email, written, code } = await forgetPassword(server);

      expect(status).toBe(200);
      expect(written).toContain(`E-mail to ${email}: `);
      expect(written).toContain(`?code=${code}`);
      expect(server.log.join()).not.toContain(code);
    }));

  it('are given to the provider in production', () =>
    withServer({ NODE_ENV: 'production' }, async (server) => {
      const send = vi.fn();
      server.strapi.plugin('email').provider.send = send;

      const { written, email, code } = await forgetPassword(server);

      expect(send).toHaveBeenCalledWith(expect.objectContaining({ to: email }));
      expect(written).not.toContain(code);
    }));
});
