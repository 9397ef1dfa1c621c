import { EXTENSION } from './brought-files.mjs';

/** The file of an app that says what was brought. */
export const MANIFEST = `${EXTENSION}/added.json`;

/**
 * Returns the text of the manifest.
 *
 * @param {{ version: string, files: Record<string, string>, packages: Record<string, string> }} added the version of the
 * starter, git's hash of each file by its path, and the version of each package by its name
 */
export const manifestText = (added) => `${JSON.stringify(added, null, 2)}\n`;
