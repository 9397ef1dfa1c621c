import path from 'node:path';
import type { NextConfig } from 'next';

const config: NextConfig = {
  // Only needed because `web-server/strapi.ts`, which two recipes share, is outside of this folder.
  turbopack: { root: path.join(import.meta.dirname, '..') },
};

export default config;
