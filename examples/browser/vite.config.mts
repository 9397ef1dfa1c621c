import { defineConfig } from 'vite';

export default defineConfig({
  // Relative, so that the built page works wherever it is put.
  base: './',
  // CLIENT_ORIGINS names this port by default: on another one the API would refuse the page.
  server: { port: 5173, strictPort: true },
});
