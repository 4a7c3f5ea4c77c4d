/*
 * The phone's build, beside the console's. Enters: web/mobile and web/shared. Leaves: src/zhigan/static/m, served at /m/,
 * with a service worker that knows the name of every file of this build. Runs after the console's build, which empties
 * the folder. Deliberately absent: any address outside this machine.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const platform = process.env['ZHIGAN_URL'] ?? 'http://127.0.0.1:8119'

/** The worker keeps exactly the files of its build; another build is another worker. */
function offlineShell(): Plugin {
  return {
    name: 'offline-shell',
    apply: 'build',
    generateBundle(_options, bundle): void {
      const files = [...Object.keys(bundle), ...readdirSync(here('./mobile/public'))].filter((name) => name !== 'index.html').sort()
      const page = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12)
      const source = readFileSync(here('./mobile/worker.js'), 'utf8')
        .replace("'%VERSION%'", JSON.stringify(page))
        .replace("['%FILES%']", JSON.stringify(files.map((name) => `/m/${name}`)))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    },
  }
}

export default defineConfig({
  root: here('./mobile'),
  base: '/m/',
  plugins: [vue(), offlineShell()],
  resolve: { alias: { '@shared': here('./shared'), '@console': here('./console/src') } },
  build: {
    outDir: here('../src/zhigan/static/m'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': platform, '/healthz': platform, '/readyz': platform },
  },
})
