/** A line of an env file that sets a variable, or would if it were not commented out. */
export interface EnvLine {
  readonly name: string;
  readonly value: string;
  readonly isComment: boolean;
}

/** The variables of an env file, in its order. Prose in comments is none. */
export const envLines = (text: string): EnvLine[] =>
  [...text.matchAll(/^(# )?([A-Z][A-Z\d_]*)=(.*)$/gm)].map(
    ([, comment, name = '', value = '']) => ({
      name,
      value,
      isComment: comment !== undefined,
    }),
  );

/** What is set when such a file is loaded. */
export const environmentOf = (lines: readonly EnvLine[]): Record<string, string> =>
  Object.fromEntries(
    lines.filter(({ isComment }) => !isComment).map(({ name, value }) => [name, value]),
  );
