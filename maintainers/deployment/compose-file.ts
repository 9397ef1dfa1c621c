import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../tests/helpers/paths';

/** A service of a Compose file, with the keys that this project uses. */
export interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
}

/** Replaces `${NAME}`, `${NAME:-default}` and `${NAME:?message}` as Docker Compose does. */
const interpolate = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, kind, rest) => {
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (kind === '?') throw new Error(rest);
    return kind === '-' ? rest : '';
  });

/**
 * Reads `compose.yaml` and replaces its variables.
 *
 * @param variables the variables of `.env`
 * @throws with the message of `${NAME:?message}` when that variable is not set
 */
export const readComposeFile = (variables: Readonly<Record<string, string>>): ComposeFile => {
  const text = readFileSync(path.join(projectRoot, 'compose.yaml'), 'utf8');
  return parse(interpolate(text, variables), { merge: true }) as ComposeFile;
};
