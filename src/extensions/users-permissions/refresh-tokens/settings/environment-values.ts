import { readVariables, type Texts, type Values } from './settings';

/** The value of each variable. A secret, which has no default, may be absent. */
type EnvironmentValues = {
  readonly [Name in keyof Values]: undefined extends Texts[Name]
    ? Values[Name]
    : Values[Name] | undefined;
};

/**
 * Returns the values of the variables of `process.env` for the files in `config/`: trimmed and checked, in
 * the units of `settings.ts`. Strapi's `env()` reads them as they are: with a space at its end, `postgres `
 * would select the default database.
 *
 * A missing secret is absent and an invalid variable has its default. Both stop the boot a moment later
 * (`settings-at-boot.ts`). They do not stop `strapi build`, which needs no secret.
 */
export const environmentValues = () =>
  ({ ...readVariables({}).values, ...readVariables(process.env).values }) as EnvironmentValues;
