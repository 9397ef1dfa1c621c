import { describe, expect, it } from 'vitest';
import { refusal } from '../helpers/responses';
import { bearer, createUser, login } from '../helpers/users';
import { useServer } from '../helpers/suite';

const server = useServer();

const METHODS: ['get' | 'post' | 'put' | 'delete', string][] = [
  ['get', '/api/photos'],
  ['get', '/api/photos/any'],
  ['post', '/api/photos'],
  ['put', '/api/photos/any'],
  ['delete', '/api/photos/any'],
];

describe('/api/photos', () => {
  it('allows logged-in users to read and write from the first boot', async () => {
    const headers = bearer(await login(server, await createUser(server)));

    const created = await server
      .request()
      .post('/api/photos')
      .set(headers)
      .send({ data: { title: 'Sunrise' } })
      .expect(201);
    const path = `/api/photos/${created.body.data.documentId}`;
    const read = await server.request().get(path).set(headers).expect(200);
    expect(read.body.data).toMatchObject({ title: 'Sunrise' });
    const changed = await server
      .request()
      .put(path)
      .set(headers)
      .send({ data: { title: 'Sunset' } })
      .expect(200);
    expect(changed.body.data).toMatchObject({ title: 'Sunset' });
    await server.request().delete(path).set(headers).expect(204);
    await server.request().get(path).set(headers).expect(404);
  });

  it.each(METHODS)('refuses requests without a login: %s %s', async (method, path) => {
    const response = await server
      .request()
      [method](path)
      .send({ data: { title: 'Nobody’s' } });

    expect(response.body).toEqual(refusal(403));
  });
});
