import { beforeAll, describe, expect, it } from 'vitest';
import { createAdmin, type Admin } from '../helpers/admins';
import { useServer } from '../helpers/suite';

const server = useServer();

let admin: Admin;
beforeAll(async () => {
  admin = await createAdmin(server);
});

const upload = (name: string, content: string) =>
  server
    .request()
    .post('/upload')
    .set(admin.headers)
    .attach('files', Buffer.from(content), { filename: name });

const SCRIPT = '<script>alert(document.cookie)</script>';

describe('An upload by an administrator', () => {
  it.each([
    ['evil.html', `<!doctype html><html><body>${SCRIPT}</body></html>`],
    ['evil.svg', `<svg xmlns="http://www.w3.org/2000/svg">${SCRIPT}</svg>`],
  ])('is refused when it could run scripts in a browser: %s', async (name, content) => {
    await upload(name, content).expect(400);
  });

  it('is accepted when it is plain text', async () => {
    const response = await upload('notes.txt', 'Nothing but text.');

    expect(response.status).toBe(201);
    await server.request().delete(`/upload/files/${response.body[0].id}`).set(admin.headers);
  });
});
