import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Same policy in development as in production, except that Vite's own client and hot reload need inline code.
const api = process.env['SLIPWAY_API_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/v1': { target: api } } },
  build: {
    target: 'es2022',
    manifest: true,
    // One stylesheet: PatternFly's components share most of it, and one request beats twenty.
    cssCodeSplit: false,
    // Inlined assets become data: URLs, which the content security policy refuses.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    css: false,
    server: { deps: { inline: [/@patternfly\//] } },
    testTimeout: 20_000,
  },
});
