/** A line of an env file that sets a variable, commented out or not. */
export interface EnvLine {
  readonly name: string;
  readonly value: string;
  readonly isComment: boolean;
}

/** Returns the lines that set a variable, in their order, without other comments. */
export const envLines = (text: string): EnvLine[] =>
  [...text.matchAll(/^(# )?([A-Z][A-Z\d_]*)=(.*)$/gm)].map(
    ([, comment, name = '', value = '']) => ({
      name,
      value,
      isComment: comment !== undefined,
    }),
  );

/** Returns the environment that results from loading these lines. */
export const environmentOf = (lines: readonly EnvLine[]): Record<string, string> =>
  Object.fromEntries(
    lines.filter(({ isComment }) => !isComment).map(({ name, value }) => [name, value]),
  );
