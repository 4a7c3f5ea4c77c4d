/*
 * One build for the console. Enters: web/console and web/shared. Leaves: src/zhigan/static, which the Python
 * package carries and the platform serves. Deliberately absent: any address outside this machine.
 */
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const platform = process.env['ZHIGAN_URL'] ?? 'http://127.0.0.1:8119'

export default defineConfig({
  root: here('./console'),
  plugins: [vue()],
  resolve: { alias: { '@shared': here('./shared'), '@console': here('./console/src') } },
  build: {
    outDir: here('../src/zhigan/static'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': platform, '/healthz': platform, '/readyz': platform },
  },
})
