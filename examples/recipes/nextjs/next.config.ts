import path from 'node:path';
import type { NextConfig } from 'next';

const config: NextConfig = {
  // `web-server/strapi.ts` is outside of this folder: the recipes share it. Yours need not be.
  turbopack: { root: path.join(import.meta.dirname, '..') },
};

export default config;
