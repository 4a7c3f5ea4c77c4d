import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Unit tests are of logic that needs no browser; what needs one is in tests/browser, on a real Chromium.
export default defineConfig({
  resolve: { alias: { '@shared': here('./shared'), '@console': here('./console/src') } },
  test: {
    include: ['shared/**/*.test.ts', 'console/**/*.test.ts', 'mobile/**/*.test.ts', 'tests/**/*.test.ts'],
    environment: 'node',
    testTimeout: 30_000,
    env: { TZ: 'America/New_York' },
  },
})
