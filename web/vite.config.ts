/*
 * One build for the console. Enters: web/console and web/shared. Leaves: src/zhigan/static, which the Python
 * package carries and the platform serves. Deliberately absent: any address outside this machine.
 */
import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const platform = process.env['ZHIGAN_URL'] ?? 'http://127.0.0.1:8119'

/** The printed reports' font (Noto Sans SC, SIL OFL 1.1) goes along into the Python package; pages do not load it. */
function reportFont(): Plugin {
  const source = here('./node_modules/@expo-google-fonts/noto-sans-sc')
  const folder = here('../src/zhigan/static/fonts')
  return {
    name: 'report-font',
    apply: 'build',
    closeBundle(): void {
      mkdirSync(folder, { recursive: true })
      copyFileSync(`${source}/400Regular/NotoSansSC_400Regular.ttf`, `${folder}/NotoSansSC-Regular.ttf`)
    },
  }
}

export default defineConfig({
  root: here('./console'),
  plugins: [vue(), reportFont()],
  resolve: { alias: { '@shared': here('./shared'), '@console': here('./console/src') } },
  build: {
    outDir: here('../src/zhigan/static'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    rolldownOptions: { input: { index: here('./console/index.html'), wall: here('./console/wall.html') } },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': platform, '/healthz': platform, '/readyz': platform },
  },
})
