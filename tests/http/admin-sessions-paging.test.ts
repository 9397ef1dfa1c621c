import { beforeAll, describe, expect, it } from 'vitest';
import { getSessions, storeSessions } from '../helpers/admin-sessions';
import { createAdmin, SESSIONS_READ, type Admin } from '../helpers/admins';
import { createUser } from '../helpers/users';
import { useServer } from '../helpers/suite';

const MINUTE = 60 * 1000;

const server = useServer();
let admin: Admin;

beforeAll(async () => {
  admin = await createAdmin(server, [SESSIONS_READ]);
});

interface Page {
  readonly results: readonly { readonly id: string }[];
  readonly pagination: {
    readonly pageSize: number;
    readonly newer: string | null;
    readonly older: string | null;
  };
}

const list = async (query: object): Promise<Page> =>
  (await getSessions(server, admin, query).expect(200)).body;

const idsOf = ({ results }: Page) => results.map(({ id }) => id);

/** Follows one of the two cursors from a page to the end; resolves to the pages in the order of the visit. */
const walk = async (
  first: Page,
  side: 'older' | 'newer',
  query: object,
  betweenPages: (page: Page) => Promise<unknown> = async () => undefined,
): Promise<Page[]> => {
  const pages = [first];
  for (let page = first; page.pagination[side] !== null; pages.push(page)) {
    await betweenPages(page);
    page = await list({ ...query, [side]: page.pagination[side] });
  }
  return pages;
};

/** The ids of pages that were visited from old to new, newest first. */
const newestFirst = (pages: readonly Page[]) => pages.toReversed().flatMap(idsOf);

const rows = () => server.strapi.db.connection('up_sessions');

describe('The pages of GET /users-permissions/sessions', () => {
  it('have each session once, newest login first, older to the end and newer back', async () => {
    const { id: userId } = await createUser(server);
    const now = server.clock.now();
    const older = await storeSessions(server, userId, Array(9).fill({ login_at: now - MINUTE }));
    const oldest = await storeSessions(server, userId, [{ login_at: now - 2 * MINUTE }]);
    const newer = await storeSessions(server, userId, Array(13).fill({ login_at: now }));
    const all = [...newer.toReversed(), ...older.toReversed(), ...oldest];
    const query = { userId, pageSize: 5 };

    const there = await walk(await list(query), 'older', query);
    const back = await walk(there.at(-1) as Page, 'newer', query);

    expect(there.map(({ results }) => results.length)).toEqual([5, 5, 5, 5, 3]);
    expect(there.flatMap(idsOf)).toEqual(all);
    expect(back.map(({ results }) => results.length)).toEqual([3, 5, 5, 5, 5]);
    expect(newestFirst(back)).toEqual(all);
  });

  it('end with null: newer on the newest page, older on the last one', async () => {
    const { id: userId } = await createUser(server);
    await storeSessions(server, userId, Array(4).fill({}));

    const all = await list({ userId, pageSize: 4 });
    const [first, second] = await walk(await list({ userId, pageSize: 2 }), 'older', {
      ...{ userId, pageSize: 2 },
    });

    const ends = { newer: null, older: null };
    expect(all.pagination).toEqual({ pageSize: 4, ...ends });
    expect(first?.pagination).toEqual({ ...ends, pageSize: 2, older: expect.any(String) });
    expect(second?.pagination).toEqual({ ...ends, pageSize: 2, newer: expect.any(String) });
    expect((await list({ userId: 2147483647 })).pagination).toEqual({ pageSize: 20, ...ends });
  });

  it('have a visitor see each live session once while others begin, end and are deleted', async () => {
    const { id: userId } = await createUser(server);
    const now = server.clock.now();
    const ids = await storeSessions(server, userId, Array(20).fill({ login_at: now }));
    const query = { userId, state: 'live', pageSize: 4 };
    const begun: string[] = [];
    const gone: string[] = [];
    /** A session begins; of those of the page one is revoked and one deleted, and so is one to come. */
    const change = async (page: Page) => {
      const login_at = now + begun.length;
      begun.push(...(await storeSessions(server, userId, [{ login_at }])));
      const [, deleted = '', , revoked = ''] = idsOf(page);
      const toCome = ids[ids.indexOf(revoked) - 3] ?? 'none';
      await rows()
        .where({ session_id: revoked })
        .update({ revoked_at: now, revoked_reason: 'logout' });
      await rows().whereIn('session_id', [deleted, toCome]).delete();
      gone.push(revoked, deleted, toCome);
    };

    const there = await walk(await list(query), 'older', query, change);
    const visited = there.flatMap(idsOf);
    const left = [...ids, ...begun].filter((id) => !gone.includes(id)).toReversed();
    const back = await walk(there.at(-1) as Page, 'newer', query);

    expect(visited).toHaveLength(new Set(visited).size);
    expect(visited).toEqual(expect.arrayContaining(left.filter((id) => ids.includes(id))));
    expect(newestFirst(back)).toEqual(left);
  });

  it('may be short at the newest end, and hold up to 100', async () => {
    const { id: userId } = await createUser(server);
    const now = server.clock.now();
    await storeSessions(server, userId, Array(101).fill({ login_at: now - MINUTE }));
    const query = { userId, pageSize: 100 };
    const first = await list(query);
    const [newest] = await storeSessions(server, userId, [{ login_at: now }]);

    const last = await list({ ...query, older: first.pagination.older });
    const [, before, front] = await walk(last, 'newer', query);

    expect(first.results).toHaveLength(100);
    expect(idsOf(before as Page)).toEqual(idsOf(first));
    expect(idsOf(front as Page)).toEqual([newest]);
  });

  it('have neither cursor where no session is left on that side', async () => {
    const { id: userId } = await createUser(server);
    await storeSessions(server, userId, Array(3).fill({}));
    const { pagination } = await list({ userId, pageSize: 1 });
    await rows().where({ user_id: userId }).delete();

    const page = await list({ userId, older: pagination.older });

    expect(page).toEqual({
      results: [],
      pagination: { pageSize: 20, newer: null, older: null },
    });
  });
});
