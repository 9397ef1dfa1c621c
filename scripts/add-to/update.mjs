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
export const merge = ({ yours, base, ours }) => {
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

/** Decides about one file. `base` is the hash of what an earlier run has brought. */
const planFile = (file, { yours, base, ours, earlierBlob }) => {
  const isUnchanged = yours !== undefined && blobHash(yours) === base;
  if (ours === undefined) {
    if (yours === undefined) return {};
    if (isUnchanged) return { write: null };
    return { byHand: 'It has gone, and you have changed it: look where your change belongs.' };
  }
  if (yours === undefined) {
    if (base === undefined) return { write: ours };
    if (base === blobHash(ours)) return {};
    return { note: `${file}: you have deleted it, so it stays away` };
  }
  if (blobHash(yours) === blobHash(ours) || base === blobHash(ours)) return {};
  if (isUnchanged) return { write: ours };

  const before = base && earlierBlob(base);
  if (before === undefined) {
    return { byHand: 'It is not what was brought, and git does not have that: compare the two.', ours };
  }
  const { text, hasConflicts } = merge({ yours, base: before, ours });
  if (hasConflicts) {
    return { byHand: `You and the new version have changed the same lines:\n\n${conflictsOf(text)}` };
  }
  return { write: text, note: `${file}: your change and ours, merged` };
};

/**
 * Plans what happens to the files that the starter brings: replaced if they are what an earlier run has brought, merged
 * where you have changed them.
 *
 * @param {Map<string, string>} files the new texts by path
 * @param {Record<string, string>} broughtBefore hashes by path; empty at the first run
 * @param app `{ read, earlierBlob }` of {@link import('./look-at.mjs').lookAt}
 * @returns `{ writes, notes, byHand }`: texts by path, null for a file that goes; sentences; and `{ file, text }` for each file
 * that is left as it is
 */
export const planFiles = (files, broughtBefore, { read, earlierBlob }) => {
  const plan = { writes: {}, notes: [], byHand: [] };
  for (const file of new Set([...files.keys(), ...Object.keys(broughtBefore)])) {
    const { write, note, byHand } = planFile(file, {
      yours: read(file),
      base: broughtBefore[file],
      ours: files.get(file),
      earlierBlob,
    });
    if (write !== undefined) plan.writes[file] = write;
    if (note) plan.notes.push(note);
    if (byHand) plan.byHand.push({ file, text: byHand });
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
