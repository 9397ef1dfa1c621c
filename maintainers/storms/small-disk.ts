import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A file system that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  remove(): void;
}

const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'strapi-refresh-token-disk-'));

const mountArguments = (folder: string): string[] => [
  ...['-t', 'tmpfs', '-o', 'size=32m', 'none'],
  folder,
];

/** Makes a disk of 32 MB, in memory. */
export const mountSmallDisk = (): SmallDisk => {
  const folder = newFolder();
  execFileSync('mount', mountArguments(folder));
  const filler = path.join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a');
      try {
        // Whole blocks first, then what is left of the last one.
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
