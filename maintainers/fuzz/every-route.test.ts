import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import chunk from 'lodash/chunk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdmin, type Admin } from '../../tests/helpers/admins';
import { grantToUsers } from '../../tests/helpers/permissions';
import { portOf } from '../../tests/helpers/server';
import { useServer } from '../../tests/helpers/suite';
import { createUser, fetchOwnAccount, login, refresh, tokensFrom } from '../../tests/helpers/users';
import {
  BATCH_SIZE,
  createFuzzTokens,
  describeRequest,
  inParallel,
  PARALLEL,
  REQUESTS,
  RESPONSE_TIMEOUT,
  SEED,
} from './batches';
import { everyRoute, isFuzzed, type FuzzRoute, type Prey } from './every-route';
import { createRawClient, type RawClient, type RawRequest } from './raw-http';
import { MALFORMED, sendBytes } from './raw-socket';

const server = useServer({ IS_PROXIED: 'true', SESSION_LIMIT: '0' });
let rawClient: RawClient;
let admin: Admin;
let apiToken: string;
let routes: FuzzRoute[];

/** A method and a path of Strapi's router. */
interface Layer {
  readonly path: string;
  readonly methods: readonly string[];
}

/** All routes of the running server, of the content API and of the admin panel. */
const listRoutes = (): FuzzRoute[] =>
  (server.strapi.server.listRoutes() as unknown as Layer[])
    .filter(({ path }) => path.startsWith('/') && path !== '/((?!uploads/).+)')
    .flatMap(({ path, methods }) =>
      methods
        .filter((method) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(method))
        .map((method) => ({ method, path })),
    );

/** The permissions for all actions of the content API. */
const contentApiActions = (): string[] => {
  const types: Record<string, { controllers: Record<string, object> }> = server.strapi
    .plugin('users-permissions')
    .service('users-permissions')
    .getActions();
  return Object.entries(types).flatMap(([type, { controllers }]) =>
    Object.entries(controllers).flatMap(([controller, actions]) =>
      Object.keys(actions).map((action) => `${type}.${controller}.${action}`),
    ),
  );
};

beforeAll(async () => {
  // Koa would print each request whose body ends too early.
  server.strapi.server.app.silent = true;
  rawClient = createRawClient(portOf(server), PARALLEL, RESPONSE_TIMEOUT);
  admin = await createAdmin(server);
  const { accessKey } = await server.strapi
    .service('admin::api-token-content-api')
    .create({ name: randomUUID(), description: '', type: 'full-access', lifespan: null });
  apiToken = accessKey;
  await grantToUsers(server, contentApiActions());
  routes = listRoutes().filter(isFuzzed);
});
afterAll(() => rawClient.close());

/** Creates the rows that one batch may change or delete, and logs their user in. */
const createPrey = async (): Promise<Prey> => {
  const user = await createUser(server);
  const other = await createUser(server);
  const name = randomUUID();
  const role = await server.strapi.db
    .query('plugin::users-permissions.role')
    .create({ data: { name, type: name } });
  const adminRole = await server.strapi.service('admin::role').create({ name, description: '' });
  const otherAdmin = await createAdmin(server, []);
  const file = await server.strapi.db.query('plugin::upload.file').create({
    data: {
      name,
      hash: name,
      mime: 'text/plain',
      size: 1,
      url: `/${name}`,
      provider: 'local',
      folderPath: '/',
    },
  });
  return {
    ...(await createFuzzTokens(server, user)),
    adminToken: admin.headers.Authorization.replace('Bearer ', ''),
    apiToken,
    ids: [other.id, role.id, adminRole.id, otherAdmin.id, file.id].map(String),
    documentIds: [other.documentId, file.documentId],
  };
};

interface KnownFault {
  /** Method and path of the requests that may get a 5xx. */
  readonly request?: RegExp;
  readonly log: RegExp;
}

/**
 * What Strapi does on routes of its own. Each 5xx needs a login to the admin panel, changes nothing, and ends one
 * request.
 */
const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    // A type without drafts has no such function.
    request:
      /^POST \/content-manager\/collection-types\/.*\/actions\/(bulkP|p|bulkUnp|unp)ublish|discard/,
    log: /documents\(\.\.\.\)\.(publish|unpublish|discardDraft) is not a function/,
  },
  {
    // The list of permissions is missing.
    request: /^POST \/admin\/permissions\/check/,
    log: /reading 'map'[^]*permission.engine/,
  },
  // Strapi answers 400 and 403, and logs these as errors: a part of a form without a file, and a path out of `/uploads`.
  { log: /Unexpected error during file validation/ },
  { log: /ForbiddenError: Forbidden\n +at resolvePath/ },
];

const isKnown = ({ method, path }: RawRequest): boolean =>
  KNOWN_FAULTS.some(({ request }) => request?.test(`${method} ${path}`));

const KNOWN_LOG = new RegExp(KNOWN_FAULTS.map(({ log }) => log.source).join('|'));

const seenStatuses = new Set<number>();

const findProblem = async (raw: RawRequest): Promise<string | null> => {
  const response = await rawClient.send(raw).catch((error: Error) => error);
  if (response instanceof Error) return `${response.message}: ${describeRequest(raw)}`;
  const { status, body } = response;
  seenStatuses.add(status);
  return status < 500 || isKnown(raw)
    ? null
    : `${status} ${body.slice(0, 300)}: ${describeRequest(raw)}`;
};

const findProblemOfBytes = async (bytes: Buffer): Promise<string | null> => {
  const statuses = await sendBytes(portOf(server), bytes, RESPONSE_TIMEOUT).catch(
    (error: Error) => error,
  );
  const isGood = Array.isArray(statuses) && statuses.every((status) => status < 500);
  return isGood ? null : `${String(statuses)}: ${bytes.toString('latin1').slice(0, 200)}`;
};

const TITLE = `${REQUESTS} malformed requests to all routes (FUZZ_SEED=${SEED}) cause no 5xx, no error in the log, and no refusal of another user`;

it(TITLE, { timeout: 1_800_000 }, async () => {
  const requests = fc.sample(everyRoute(routes), { numRuns: REQUESTS, seed: SEED });
  const malformed = fc.sample(
    fc
      .tuple(fc.constantFrom(...MALFORMED), fc.constantFrom(...routes))
      .map(([bytesOf, { path }]) => bytesOf(path)),
    { numRuns: REQUESTS / 20, seed: SEED },
  );
  let bystander = tokensFrom(
    await refresh(server, await login(server, await createUser(server))).expect(200),
  );
  const problems: string[] = [];

  await server.expectErrors(KNOWN_LOG, async () => {
    await server.request().post('/admin/permissions/check').set(admin.headers).expect(500);
    for (const batch of chunk(requests, BATCH_SIZE)) {
      const prey = await createPrey();
      const raws = batch.map((build) => build(prey));

      problems.push(...(await inParallel(raws, findProblem)));
      const bytes = malformed.splice(0, BATCH_SIZE / 20);
      problems.push(...(await inParallel(bytes, findProblemOfBytes)));

      bystander = tokensFrom(await refresh(server, bystander).expect(200));
      await fetchOwnAccount(server, bystander).expect(200);
    }
    expect(problems).toEqual([]);
  });
  process.stdout.write(
    `${requests.length} requests to ${routes.length} routes, FUZZ_SEED=${SEED}\n`,
  );

  expect(server.log.filter((line) => line.includes('eyJ'))).toEqual([]);
  expect([...seenStatuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 405]));
});
