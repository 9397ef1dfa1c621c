import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A mounted file system of 32 MB. */
export interface SmallDisk {
  readonly folder: string;
  /** Writes a file that takes all free space. */
  fill(): void;
  /** Deletes that file. */
  free(): void;
  /** Unmounts the file system. */
  remove(): void;
}

const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'strapi-refresh-token-disk-'));

const mountArguments = (folder: string): string[] => [
  ...['-t', 'tmpfs', '-o', 'size=32m', 'none'],
  folder,
];

/** Mounts a file system of 32 MB in memory (tmpfs). */
export const mountSmallDisk = (): SmallDisk => {
  const folder = newFolder();
  execFileSync('mount', mountArguments(folder));
  const filler = path.join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a');
      try {
        // Large blocks first, then single bytes, until not one byte is free.
        for (const size of [1 << 20, 1 << 12, 1]) writeUntilFull(file, Buffer.alloc(size));
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler),
    remove() {
      execFileSync('umount', [folder]);
      rmdirSync(folder);
    },
  };
};

const writeUntilFull = (file: number, block: Buffer): void => {
  for (;;) {
    try {
      writeSync(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
};

/** Whether this process may mount a file system. */
export const canMount = (): boolean => {
  const folder = newFolder();
  try {
    if (spawnSync('mount', mountArguments(folder)).status !== 0) return false;
    execFileSync('umount', [folder]);
    return true;
  } finally {
    rmdirSync(folder);
  }
};
