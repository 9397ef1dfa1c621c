import { z } from 'zod';
import { variableGroups } from '../../src/extensions/users-permissions/refresh-tokens/settings/settings';

const INTRODUCTION =
  'Settings are environment variables, set in `.env` or by the host. ' +
  'They are checked at boot: one that is wrong stops it, with a message that names it.';

/** The documentation of an environment variable. */
export interface DocumentedVariable {
  readonly name: string;
  readonly description: string;
  /** The default as in `.env`; undefined without one. */
  readonly defaultValue: string | undefined;
  readonly isRequired: boolean;
}

const documented = (name: string, schema: z.ZodType): DocumentedVariable => ({
  name,
  description: schema.description ?? '',
  defaultValue: schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : undefined,
  isRequired: !schema.safeParse(undefined).success,
});

/** The variables by topic, read from the schema that validates them. */
export const documentedGroups: readonly (readonly [string, readonly DocumentedVariable[]])[] =
  Object.entries(variableGroups).map(([topic, { shape }]) => [
    topic,
    Object.entries(shape).map(([name, schema]) => documented(name, schema)),
  ]);

const cell = (text: string): string => text.replaceAll('|', '\\|');

const row = ({ name, description, defaultValue, isRequired }: DocumentedVariable): string => {
  const shown = defaultValue === undefined ? '–' : `\`${defaultValue}\``;
  return `| \`${name}\` | ${isRequired ? 'required' : shown} | ${cell(description)} |`;
};

/** Renders `docs/configuration.md`. */
export const renderConfiguration = (): string => {
  const sections = documentedGroups.map(([topic, variables]) =>
    [
      `## ${topic}`,
      '',
      '| variable | default | description |',
      '| --- | --- | --- |',
      ...variables.map(row),
    ].join('\n'),
  );
  return `${['# Configuration', INTRODUCTION, ...sections].join('\n\n')}\n`;
};
