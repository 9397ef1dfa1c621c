import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../src/extensions/users-permissions/refresh-tokens/services/metrics';
import { projectRoot } from '../../tests/helpers/paths';

const EXTENSION = 'src/extensions/users-permissions/refresh-tokens';

const read = (...names: string[]): string => readFileSync(path.join(projectRoot, ...names), 'utf8');
const page = read('docs', 'operating.md');

/** The first column of a section of the page, without its head. */
const firstColumn = (section: string): string[] =>
  (page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((row) => row.startsWith('| `'))
    .map((row) => row.split(' | ')[0] ?? '');

describe('the metrics', () => {
  /** A name without the endings that Prometheus adds for a histogram. */
  const METRIC =
    /\b(sessions?|refresh|http|process|nodejs)_[a-z\d_]+?(?=(_bucket|_count|_sum)?\b)/g;
  let names: string[];

  beforeAll(async () => {
    const metrics = createMetrics();
    metrics.observeProcess();
    const { text } = await metrics.read();
    names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  });

  it('are all in docs/operating.md', () => {
    const own = names.filter((name) => !/^(process|nodejs)_/.test(name));

    expect(own.length).toBeGreaterThan(6);
    expect(own.filter((name) => !firstColumn('Metrics').join('\n').includes(name))).toEqual([]);
  });

  it.each([['alerts.yml'], ['grafana-dashboard.json']])('that %s uses exist', (file) => {
    // YAML includes JSON.
    const used = JSON.stringify(parse(read('deploy', 'monitoring', file))).match(METRIC) ?? [];

    expect(used.length).toBeGreaterThan(3);
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('lead to alerts that docs/operating.md explains', () => {
    const { groups } = parse(read('deploy', 'monitoring', 'alerts.yml')) as {
      groups: { rules: { alert: string }[] }[];
    };

    for (const { alert } of groups.flatMap(({ rules }) => rules)) {
      expect(page).toContain(`| \`${alert}\``);
    }
  });
});

describe('the lines of the log', () => {
  const sources = readdirSync(path.join(projectRoot, EXTENSION), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(EXTENSION, name))
    .join('\n');
  const lines = firstColumn('Lines of the log').map((cell) => /`(.+)`/.exec(cell)?.[1] ?? cell);

  it('in docs/operating.md are in the code', () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !sources.includes(line))).toEqual([]);
  });

  it('in the code are in docs/operating.md', () => {
    const logged = [...sources.matchAll(/\b(?:warn|info|log|error)\(\s*['`]([^'`$]+)/g)].map(
      ([, text = '']) => text,
    );

    expect(logged.length).toBeGreaterThan(8);
    const unknown = logged.filter(
      (text) => !lines.some((line) => text.startsWith(line) || line.startsWith(text.trim())),
    );
    expect(unknown).toEqual([]);
  });
});
