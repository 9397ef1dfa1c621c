import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../tests/helpers/paths';

/** A service of `compose.yaml`, as far as this project's goes. */
export interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

export interface Composition {
  readonly services: Readonly<Record<string, Service>>;
}

/** `${NAME}`, `${NAME:-default}` and `${NAME:?message}`, as Docker Compose reads them. */
const interpolate = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, kind, rest) => {
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (kind === '?') throw new Error(rest);
    return kind === '-' ? rest : '';
  });

/**
 * Reads `compose.yaml`.
 *
 * @param variables what `.env` sets
 * @throws the message of a variable that is required and missing
 */
export const readComposition = (variables: Readonly<Record<string, string>>): Composition => {
  const text = readFileSync(path.join(projectRoot, 'compose.yaml'), 'utf8');
  return parse(interpolate(text, variables), { merge: true }) as Composition;
};
