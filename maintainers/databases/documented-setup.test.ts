import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOn, testDatabase } from '../../tests/helpers/databases';
import databaseUrls from '../../tests/helpers/database-urls.json';
import { environmentOf, envLines } from '../../tests/helpers/env-file';
import { useServer, withServer } from '../../tests/helpers/suite';
import { createUser, login, refresh } from '../../tests/helpers/users';
import { documentedBlocks } from '../helpers/documented-blocks';
import { runSql } from '../helpers/postgres-database';

/** A server as docs/databases.md sets it up. */
interface DocumentedServer {
  /** The heading of its section. */
  readonly title: string;
  readonly url: string;
  /** Runs one statement as an administrator. */
  run(statement: string): Promise<unknown>;
  /** Removes the database and the user of this name. */
  readonly cleanUp: (name: string) => readonly string[];
}

const urlOf = ({ variable, default: fallback }: (typeof databaseUrls)['postgres']): string =>
  process.env[variable] ?? fallback;

const servers: Readonly<Record<string, DocumentedServer>> = {
  postgres: {
    title: 'PostgreSQL',
    url: urlOf(databaseUrls.postgres),
    run: (statement) => runSql(urlOf(databaseUrls.postgres), statement),
    cleanUp: (name) => [
      `drop database if exists ${name} with (force)`,
      `drop role if exists ${name}`,
    ],
  },
  mysql: {
    title: 'MariaDB and MySQL',
    url: urlOf(databaseUrls.mysql),
    async run(statement) {
      const connection = await createConnection(urlOf(databaseUrls.mysql));
      await connection.query(statement).finally(() => connection.end());
    },
    cleanUp: (name) => [`drop database if exists ${name}`, `drop user if exists '${name}'@'%'`],
  },
};

describeOn('postgres', 'mysql')('A database set up as docs/databases.md says', () => {
  const server = servers[testDatabase];
  // The page calls user and database `strapi`; here they have a random name.
  const name = `documented_${randomBytes(6).toString('hex')}`;
  const named = (text: string): string => text.replaceAll(/(?<![\w-])strapi(?!\w)/g, name);
  const statements = documentedBlocks('docs/databases.md', server?.title ?? '', 'sql')
    .flatMap((block) => block.split(';'))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  const environments = documentedBlocks('docs/databases.md', server?.title ?? '', 'sh').map(
    (block) => ({ name: block.includes('DATABASE_URL') ? 'one URL' : 'its parts', block }),
  );

  beforeAll(async () => {
    for (const statement of statements) await server?.run(named(statement));
  });
  afterAll(async () => {
    for (const statement of server?.cleanUp(name) ?? []) await server?.run(statement);
  });

  it.each(environments)('serves a login and a refresh with $name', async ({ block }) => {
    const { hostname, port } = new URL(server?.url ?? '');
    const environment = environmentOf(envLines(named(block).replace('localhost', hostname)));
    const { DATABASE_URL: url, DATABASE_PORT } = environment;
    const here = {
      ...environment,
      ...(url && port ? { DATABASE_URL: url.replace(/:\d+\//, `:${port}/`) } : {}),
      ...(DATABASE_PORT && port ? { DATABASE_PORT: port } : {}),
    };

    await withServer(here, async (running) => {
      await refresh(running, await login(running, await createUser(running))).expect(200);
      const { connection } = running.strapi.db;
      const current = testDatabase === 'postgres' ? 'current_database()' : 'database()';
      expect(await connection.first(connection.raw(`${current} as name`))).toEqual({ name });
    });
  });

  it('has statements and variables on the page', () => {
    expect(statements.length).toBeGreaterThan(1);
    expect(environments.length).toBeGreaterThan(0);
  });
});

describeOn('postgres')('The table of sessions', () => {
  const server = useServer();

  it('takes the settings of docs/scaling.md', async () => {
    const [statement = ''] = documentedBlocks('docs/scaling.md', '1 million sessions', 'sql');

    await server.strapi.db.connection.raw(statement);

    const { rows } = await server.strapi.db.connection.raw(
      `select reloptions from pg_class where relname = 'up_sessions'`,
    );
    expect(rows[0].reloptions).toContain('fillfactor=80');
  });
});
