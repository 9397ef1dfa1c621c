import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as OpenApi from '@strapi/openapi';
import type { Readable } from 'node:stream';
import omit from 'lodash/omit';
import { beforeAll, describe, expect, it } from 'vitest';
import { postRevoke } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ, SESSIONS_REVOKE, type Admin } from '../helpers/admins';
import { createUser, login, storedSessions, type TestUser } from '../helpers/users';
import { useServer } from '../helpers/suite';

const require = createRequire(import.meta.url);

const USER = 'plugin::users-permissions.user';
const SESSION = 'plugin::users-permissions.session';
const TALLY = 'plugin::users-permissions.session-tally';
const TYPES = [SESSION, TALLY] as const;
const READ = 'plugin::content-manager.explorer.read';

/** What only the row of the session has. */
const DEVICE = `Device-${randomUUID()}`;

const server = useServer();
let superAdmin: Admin;
let apiToken: { Authorization: string };
let user: TestUser;
/** The document ids of a row of each type. */
const rows: Record<string, string> = {};

beforeAll(async () => {
  superAdmin = await createAdmin(server);
  const { accessKey } = await server.strapi
    .service('admin::api-token-content-api')
    .create({ name: randomUUID(), description: '', type: 'full-access', lifespan: null });
  apiToken = { Authorization: `Bearer ${accessKey}` };
  user = await createUser(server);
  await login(server, user);
  rows[USER] = user.documentId;
  // Strapi gives no document id to a row that SQL inserted.
  for (const uid of TYPES) rows[uid] = `document-${randomUUID()}`.slice(0, 32);
  await server.strapi.db.query(SESSION).updateMany({
    where: { userId: user.id },
    data: { documentId: rows[SESSION], deviceName: DEVICE, userAgent: DEVICE },
  });
  await server.strapi.db.query(TALLY).create({
    data: { documentId: rows[TALLY], day: DEVICE, logins: 1, reuses: 0 },
  });
});

type Method = 'get' | 'post' | 'put' | 'delete';

const send = (
  [method, path, body]: readonly [Method, string, object?],
  headers: { Authorization: string },
) => server.request()[method](path).set(headers).send(body);

/** Every request of the Content Manager and of plugins beside it that names a type. */
const contentManagerDoors = (uid: string): [Method, string, object?][] => {
  const list = `/content-manager/collection-types/${uid}`;
  const one = `${list}/${rows[uid]}`;
  const documentIds = { documentIds: [rows[uid]] };
  return [
    ['get', list],
    ['get', `${list}?filters[id][$gt]=0&sort=id`],
    ['post', list, { deviceName: 'x' }],
    ['get', one],
    ['put', one, { revokedAt: null }],
    ['delete', one],
    ['post', `${list}/clone/${rows[uid]}`, {}],
    ['post', `${list}/auto-clone/${rows[uid]}`, {}],
    ['post', `${list}/actions/publish`, {}],
    ['post', `${one}/actions/publish`, {}],
    ['post', `${one}/actions/unpublish`, {}],
    ['post', `${one}/actions/discard`, {}],
    ['post', `${list}/actions/bulkDelete`, documentIds],
    ['post', `${list}/actions/bulkFindForValidation`, documentIds],
    ['post', `${list}/actions/bulkPublish`, documentIds],
    ['post', `${list}/actions/bulkUnpublish`, documentIds],
    ['get', `${one}/actions/countDraftRelations`],
    ['get', `${list}/actions/countManyEntriesDraftRelations?documentIds=${rows[uid]}`],
    ['get', `/content-manager/single-types/${uid}`],
    ['put', `/content-manager/single-types/${uid}`, { revokedAt: null }],
    ['delete', `/content-manager/single-types/${uid}`],
    ['post', `/content-manager/single-types/${uid}/actions/publish`, {}],
    ['get', `/content-manager/relations/${USER}/sessions`],
    ['get', `/content-manager/relations/${USER}/${rows[USER]}/sessions`],
    ['get', `/content-manager/content-types/${uid}/configuration`],
    ['put', `/content-manager/content-types/${uid}/configuration`, { settings: {} }],
    [
      'post',
      '/content-manager/uid/generate',
      { contentTypeUID: uid, field: 'sessionId', data: {} },
    ],
    [
      'post',
      '/content-manager/uid/check-availability',
      { contentTypeUID: uid, field: 'sessionId', value: 'x' },
    ],
    ['get', `/content-manager/history-versions?contentType=${uid}&documentId=${rows[uid]}`],
    ['get', `/content-manager/preview/url/${uid}?documentId=${rows[uid]}`],
    ['post', '/i18n/content-manager/actions/get-non-localized-fields', { model: uid, id: 1 }],
  ];
};

const expectClosed = async (
  doors: readonly (readonly [Method, string, object?])[],
  headers: { Authorization: string },
) => {
  for (const door of doors) {
    const { status, text } = await send(door, headers);
    const what = `${door[0]} ${door[1]}: ${status} ${text}`;
    expect(status, what).toBeGreaterThanOrEqual(400);
    expect(status, what).toBeLessThan(500);
    expect(text, what).not.toContain(DEVICE);
  }
};

const storedRows = () =>
  Promise.all(
    TYPES.map((uid) => server.strapi.db.query(uid).findMany({ where: { documentId: rows[uid] } })),
  );

describe.each(TYPES)('The Content Manager does not know %s', (uid) => {
  it('for any administrator, a super admin too', async () => {
    const before = await storedRows();

    await expectClosed(contentManagerDoors(uid), superAdmin.headers);

    expect(await storedRows()).toEqual(before);
    // Strapi goes on after its refusal (`extractAndValidateRequestInfo` of the Content Manager).
    await server.expectErrors(/Cannot destructure property '(locale|entryId)'/, async () => {
      for (const entry of [uid, `${uid}/${rows[uid]}`]) {
        const path = `/content-manager/relations/${entry}/createdBy`;
        const { text } = await send(['get', path], superAdmin.headers).expect(500);
        expect(text).not.toContain(DEVICE);
      }
    });
  });

  it('and no role can be given the permission to read it', async () => {
    const permission = { action: READ, subject: uid, properties: {}, conditions: [] };
    const reader = await createAdmin(server, [SESSIONS_READ]);
    const { body } = await server.request().get('/admin/users/me').set(reader.headers).expect(200);
    const [{ id }] = body.data.roles;

    await server
      .request()
      .put(`/admin/roles/${id}/permissions`)
      .set(superAdmin.headers)
      .send({ permissions: [permission] })
      .expect(400);
  });

  it('while it does know users', async () => {
    for (const path of [
      `/content-manager/collection-types/${USER}`,
      `/content-manager/collection-types/${USER}/${user.documentId}`,
      `/content-manager/content-types/${USER}/configuration`,
    ]) {
      await send(['get', path], superAdmin.headers).expect(200);
    }
  });

  it.each([
    '/content-manager/init',
    '/content-manager/content-types',
    '/content-manager/content-types-settings',
    '/content-manager/homepage/recent-documents?action=update',
    '/admin/permissions',
    '/admin/users/me/permissions',
  ])('and GET %s has nothing of it', async (path) => {
    const { body } = await send(['get', path], superAdmin.headers).expect(200);

    if (!path.includes('homepage')) expect(JSON.stringify(body)).toContain(`"${USER}"`);
    expect(JSON.stringify(body)).not.toContain(`"${uid}"`);
    expect(JSON.stringify(body)).not.toContain(DEVICE);
  });
});

describe('The Content-Type Builder', () => {
  it.each(TYPES)('has no form for %s, and changes nothing of it', async (uid) => {
    const path = `/content-type-builder/content-types/${uid}`;
    await expectClosed([['get', path]], superAdmin.headers);
    await expectClosed([['get', `/api${path}`]], apiToken);
  });
});

describe('REST', () => {
  it('has no route to the types, for an API token with full access', async () => {
    const paths = ['sessions', 'session-tallies', 'session', 'users-permissions/sessions'];
    await expectClosed(
      paths.flatMap((path): [Method, string, object?][] => [
        ['get', `/api/${path}`],
        ['get', `/api/${path}/${rows[SESSION]}`],
        ['post', `/api/${path}`, { data: {} }],
        ['put', `/api/${path}/${rows[SESSION]}`, { data: { revokedAt: null } }],
        ['delete', `/api/${path}/${rows[SESSION]}`],
      ]),
      apiToken,
    );
  });

  it.each([
    'populate=*',
    'populate=sessions',
    'populate[role][populate]=*',
    'populate[role][populate][users][populate]=sessions',
    'filters[sessions][ipAddress][$startsWith]=1',
    'filters[role][users][sessions][ipAddress][$startsWith]=1',
    'sort=sessions.ipAddress',
    'fields[0]=sessions',
  ])('shows nothing of sessions with the users: ?%s', async (query) => {
    const { status, text } = await send(['get', `/api/users?${query}`], apiToken);

    expect([200, 400], text).toContain(status);
    expect(text).not.toContain(DEVICE);
    expect(text).not.toMatch(/ipAddress"|deviceName"|sessionId"/);
    if (/filters|sort/.test(query)) expect(status, text).toBe(400);
  });
});

describe('Relations', () => {
  it('lead from no type and no component to the sessions, whatever is populated or filtered', () => {
    const { contentTypes, components } = server.strapi;
    // Strapi gives every type a relation to its own translations.
    const models = Object.values({ ...omit(contentTypes, TYPES), ...components });
    const targets = models.flatMap(({ attributes }) =>
      Object.values(attributes as Record<string, { target?: string }>).map(({ target }) => target),
    );
    expect(targets).toContain(USER);
    expect(targets.filter((target) => TYPES.some((uid) => uid === target))).toEqual([]);
  });
});

describe('OpenAPI of Strapi', () => {
  it('has the routes of users, and of sessions the documented ones only', async () => {
    const { generate } = require('@strapi/openapi') as typeof OpenApi;
    const { document } = generate(server.strapi, { type: 'content-api' });

    const paths = Object.keys(document.paths ?? {});
    expect(paths).toContain('/users');
    expect(paths.filter((path) => /session|tall/i.test(path)).sort()).toEqual([
      '/auth/sessions',
      '/auth/sessions/{sessionId}',
    ]);
    expect(JSON.stringify(document)).not.toMatch(/retryKeyHash|absoluteExpiresAt|"reuses"/);
  });
});

describe('Events of entries, which webhooks and audit logs take', () => {
  it('tell nothing of sessions when they begin, rotate and end', async () => {
    const events: [string, unknown][] = [];
    const stop = server.strapi.eventHub.subscribe((name, ...args) => {
      events.push([name, args]);
      return Promise.resolve();
    });
    const admin = await createAdmin(server, [SESSIONS_READ, SESSIONS_REVOKE]);
    const seen = await createUser(server);
    await login(server, seen);
    await postRevoke(server, admin, { userId: seen.id }).expect(200);
    await server.strapi
      .documents(USER)
      .update({ documentId: seen.documentId, data: { blocked: true } as never });
    stop();

    const names = events.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['session.created', 'session.revoked']));
    const entries = events.filter(([name]) => name.startsWith('entry.'));
    expect(entries.length).toBeGreaterThan(0);
    expect(JSON.stringify(entries)).not.toMatch(/users-permissions\.session|ipAddress|sessionId/);
  });
});

describe('An export', () => {
  it('has the sessions, as personal data, but nothing that opens one', async () => {
    const { strapi: transfer } = require('@strapi/data-transfer') as {
      strapi: {
        providers: {
          createLocalStrapiSourceProvider(options: object): {
            bootstrap(): Promise<void>;
            createEntitiesReadStream(): Promise<Readable>;
          };
        };
      };
    };
    const source = transfer.providers.createLocalStrapiSourceProvider({
      getStrapi: () => server.strapi,
      autoDestroy: false,
    });
    await source.bootstrap();
    const exported: { type: string; data: Record<string, unknown> }[] = [];
    for await (const entity of await source.createEntitiesReadStream()) {
      exported.push(entity as (typeof exported)[number]);
    }

    const sessions = exported.filter(({ type }) => type === SESSION);
    expect(sessions.length).toBe(await server.strapi.db.query(SESSION).count());
    expect(sessions.map(({ data }) => data.deviceName)).toContain(DEVICE);
    expect(JSON.stringify(sessions)).not.toContain('eyJ');
  });
});

it('The sessions are as before', async () => {
  expect(await storedSessions(server, user)).toMatchObject([{ revokedReason: null }]);
});
