/* Tells the import rules where a module is: relative paths and the two aliases of vite.config.ts. All else is foreign. */
const { existsSync, statSync } = require('node:fs')
const path = require('node:path')

const ALIASES = { '@shared/': path.join(__dirname, 'shared/'), '@console/': path.join(__dirname, 'console/src/') }
const ENDINGS = ['', '.ts', '.vue', '/index.ts']

exports.interfaceVersion = 2
exports.resolve = (source, file) => {
  const alias = Object.keys(ALIASES).find((prefix) => source.startsWith(prefix))
  if (alias === undefined && !source.startsWith('.')) return { found: false }
  const wanted = alias === undefined ? path.resolve(path.dirname(file), source) : ALIASES[alias] + source.slice(alias.length)
  const found = ENDINGS.map((ending) => wanted + ending).find((each) => existsSync(each) && statSync(each).isFile())
  return found === undefined ? { found: false } : { found: true, path: found }
}
