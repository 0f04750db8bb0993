/* The page is built into the Python package and committed there: nobody needs
 * Node to run wayside. Nothing is inlined, so that the page works under a
 * content security policy of default-src 'self' and nothing else. */
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const server = process.env.WAYSIDE_SERVER ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: process.env.WAYSIDE_WEB_OUT ?? '../src/wayside/web/static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
  },
  server: {
    proxy: {
      '/api': { target: server, ws: true, changeOrigin: false },
    },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
})
