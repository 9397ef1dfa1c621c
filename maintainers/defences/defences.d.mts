/** A defence of the product, how to remove it, and the test that has to notice. */
export interface Defence {
  /** What holds while it is there. */
  readonly title: string;
  /**
   * The rows of docs/security.md that it belongs to: the bold words of a threat, the number of a requirement
   * of ASVS, or the requirement of RFC 9700.
   */
  readonly rows: readonly string[];
  /** A file of the project. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly before: string;
  /** What removes the defence, in its place. Has to compile. */
  readonly after: string;
  /**
   * `tests/unit/judge.test.ts › title`, as in docs/security.md: the title of an `it`, of an `it.each` before
   * its values are filled in, or of a `describe`.
   */
  readonly test: string;
  /** The database on which the test runs, if only its behaviour shows that the defence is missing. */
  readonly database?: 'sqlite' | 'postgres' | 'mysql';
}

/** Reads the lists in the folder `list`. */
export function readDefences(): Promise<Defence[]>;

/**
 * Returns the source of its file without a defence.
 *
 * @param root the folder of the project, or of a copy of it
 * @throws when the text to replace does not occur exactly once
 */
export function sourceWithout(defence: Defence, root?: string): string;

/** Splits `file › title of a test`. */
export function parseTest(test: string): { file: string; title: string };
