import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Returns the hash by which git knows a text, with line ends as git stores them. */
export const blobHash = (text) => {
  const bytes = Buffer.from(text.replaceAll('\r\n', '\n'));
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
};

/** Merges the changes that two texts make to a third. Returns `{ text, hasConflicts }`, with marks where they conflict. */
const merge = ({ yours, base, ours }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'add-to-'));
  try {
    const files = Object.entries({ yours, base, ours }).map(([name, text]) => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    });
    const labels = ['yours', 'before', 'new'].flatMap((label) => ['-L', label]);
    const args = ['merge-file', '-p', '--diff3', ...labels, ...files];
    try {
      return { text: execFileSync('git', args, { encoding: 'utf8' }), hasConflicts: false };
    } catch (error) {
      // Its exit code is the number of conflicts; above 127 it is an error.
      if (!(error.status > 0 && error.status < 128)) throw error;
      return { text: error.stdout, hasConflicts: true };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const conflictsOf = (text) => text.match(/^<{7} [^]*?^>{7} .*$/gm).join('\n\n');

/** Whether the app's file is no longer what it was when an earlier run reported the same conflict. */
const isSolved = (conflict, { yours, ours }) =>
  conflict !== undefined && conflict.ours === blobHash(ours) && conflict.yours !== blobHash(yours);

const mergeFile = (file, { yours, base, ours, conflict, earlierText }) => {
  const before = base && earlierText();
  if (before === undefined) {
    return {
      byHand:
        'It is not what this command has brought, or git no longer has that. Delete it if you have changed nothing in it, and run this command again.',
    };
  }
  const { text, hasConflicts } = merge({ yours, base: before, ours });
  if (!hasConflicts) {
    return { write: text, note: `${file}: your change and ours, merged`, brought: ours };
  }
  if (isSolved(conflict, { yours, ours })) {
    return { note: `${file}: as you have solved it`, brought: ours };
  }
  return {
    byHand: `You and the new version have changed the same lines. Solve it in the file, and run this command again:\n\n${conflictsOf(text)}`,
    conflict: { yours: blobHash(yours), ours: blobHash(ours) },
  };
};

/** Decides about a file that the new version no longer has. */
const planGone = ({ yours, base }) => {
  if (yours === undefined) return {};
  return blobHash(yours) === base
    ? { write: null }
    : { byHand: 'It has gone, and you have changed it: look where your change belongs.' };
};

/** Decides about a file that the app does not have. */
const planMissing = (file, { base, ours }) => {
  if (base === undefined) return { write: ours };
  return base === blobHash(ours) ? {} : { note: `${file}: you have deleted it, so it stays away` };
};

/**
 * Decides about one file.
 *
 * @param sides `yours` and `ours`, the texts in the app and in the new version; `base`, the hash of what an earlier run has
 * brought, and `conflict`, the hashes of the sides that it has reported; each undefined where it is missing.
 * `earlierText()` returns what was brought
 */
const planFile = (file, sides) => {
  const { yours, base, ours } = sides;
  if (ours === undefined) return planGone(sides);
  if (yours === undefined) return planMissing(file, sides);
  const hash = blobHash(ours);
  if (blobHash(yours) === hash || base === hash) return {};
  return blobHash(yours) === base ? { write: ours } : mergeFile(file, sides);
};

/**
 * Plans what happens to the files that the starter brings: replaced if they are what an earlier run has brought, merged
 * where you have changed them.
 *
 * @param {Map<string, string>} files the new texts by path
 * @param earlier `{ files, texts, conflicts }` of the manifest (`manifest.mjs`)
 * @param app `{ read, earlierBlob }` of {@link import('./look-at.mjs').lookAt}
 * @returns `{ writes, notes, byHand, texts, conflicts }`: texts by path, null for a file that goes; sentences;
 * `{ file, text }` for each file that is left as it is; and the two for the manifest
 */
export const planFiles = (files, earlier, { read, earlierBlob }) => {
  const plan = { writes: {}, notes: [], byHand: [], texts: {}, conflicts: {} };
  for (const file of new Set([...files.keys(), ...Object.keys(earlier.files)])) {
    const base = earlier.files[file];
    const { write, note, byHand, brought, conflict } = planFile(file, {
      yours: read(file),
      base,
      ours: files.get(file),
      conflict: earlier.conflicts[file],
      earlierText: () => earlier.texts[file] ?? earlierBlob(base),
    });
    if (write !== undefined) plan.writes[file] = write;
    if (note) plan.notes.push(note);
    if (byHand) plan.byHand.push({ file, text: byHand });
    plan.conflicts[file] = conflict;
    plan.texts[file] = brought ?? (write === undefined ? earlier.texts[file] : undefined);
  }
  return plan;
};

/** Returns the hashes for the manifest. A file that is left as it is keeps its own: the next run sees it again. */
export const hashesOf = (files, broughtBefore, byHand) => {
  const left = new Set(byHand.map(({ file }) => file));
  const hashes = [...files].map(([file, text]) => [file, blobHash(text)]);
  const kept = Object.entries(broughtBefore).filter(([file]) => left.has(file));
  return Object.fromEntries([...hashes.filter(([file]) => !left.has(file)), ...kept].sort());
};

/**
 * Returns the parts of a changelog that are newer than a version, "Unreleased" among them; at the first version that is
 * not newer, they end.
 */
export const changesSince = (changelog, version) => {
  const parts = changelog.split(/^(?=## )/m).slice(1);
  const end = parts.findIndex((part) => part.startsWith(`## ${version}`));
  return parts
    .slice(0, end === -1 ? parts.length : end)
    .join('')
    .trim();
};
