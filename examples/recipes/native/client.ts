import { createAuthClient } from 'strapi-refresh-token-client';
import { createFileStorage } from './file-storage';

/**
 * Creates the client of a command-line tool. Its login outlives the process.
 *
 * @param url the URL of Strapi, without `/api`
 * @param file where the refresh token is kept
 */
export const createToolClient = (url: string, file: string) =>
  createAuthClient({ url, transport: 'body', storage: createFileStorage(file) });
