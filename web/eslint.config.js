/*
 * The house rules of the web, as lint. The river runs one way here too: app → desks → parts → (live | ui) → shared;
 * `ui` imports nothing of ours, desks never import each other; the phone (mobile/) has the same floors over the console's
 * `ui`, `live` and `parts`. tests/boundaries.test.ts plants violations.
 */
import js from '@eslint/js'
import boundaries from 'eslint-plugin-boundaries'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

const elements = [
  { type: 'shared', pattern: 'shared' },
  { type: 'ui', pattern: 'console/src/ui' },
  { type: 'live', pattern: 'console/src/live' },
  { type: 'parts', pattern: 'console/src/parts' },
  { type: 'desk', pattern: 'console/src/desks/*', capture: ['desk'] },
  { type: 'app', pattern: 'console/src/app' },
  { type: 'phone-ui', pattern: 'mobile/src/ui' },
  { type: 'phone-live', pattern: 'mobile/src/live' },
  { type: 'phone-parts', pattern: 'mobile/src/parts' },
  { type: 'phone-desk', pattern: 'mobile/src/desks/*', capture: ['desk'] },
  { type: 'phone-app', pattern: 'mobile/src/app' },
]

const mayImport = (from, types, ...more) => ({
  from: { element: { type: from } },
  allow: [...types.map((type) => ({ type })), ...more].map((element) => ({ to: { element } })),
})

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', 'eslint.resolver.cjs'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.ts', '**/*.vue'],
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    plugins: { boundaries },
    settings: {
      'boundaries/elements': elements,
      'boundaries/include': ['shared/**/*', 'console/src/**/*', 'mobile/src/**/*'],
      'import/resolver': { [`${import.meta.dirname}/eslint.resolver.cjs`]: {} },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            mayImport('shared', ['shared']),
            mayImport('ui', ['ui']),
            mayImport('live', ['live', 'shared']),
            mayImport('parts', ['parts', 'ui', 'live', 'shared']),
            mayImport('desk', ['shared', 'ui', 'parts', 'live'], { type: 'desk', captured: { desk: '{{from.captured.desk}}' } }),
            mayImport('app', ['app', 'desk', 'parts', 'ui', 'live', 'shared']),
            mayImport('phone-ui', ['phone-ui', 'ui']),
            mayImport('phone-live', ['phone-live', 'live', 'shared']),
            mayImport('phone-parts', ['shared', 'ui', 'parts', 'live', 'phone-ui', 'phone-live', 'phone-parts']),
            mayImport('phone-desk', ['shared', 'ui', 'parts', 'live', 'phone-ui', 'phone-live', 'phone-parts'], { type: 'phone-desk', captured: { desk: '{{from.captured.desk}}' } }),
            mayImport('phone-app', ['phone-app', 'phone-desk', 'phone-ui', 'phone-live', 'ui', 'live', 'shared']),
          ],
        },
      ],
      'no-undef': 'off',
      'no-console': 'error',
      complexity: ['error', 10],
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/no-bare-strings-in-template': ['error', { allowlist: ['·', '✓', '×', '/', '(', ')', '+', '-', ':', '—', '…', '◆', '▲', '●', '■', '≤', ' ×', '%', ' %', ',', '.', '?'] }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
    },
  },
  {
    files: ['shared/api/schema.gen.ts', 'shared/i18n/zh.ts', 'shared/i18n/en.ts', '**/*.test.ts'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' },
  },
  {
    // What a .vue file gives is known to vue-tsc, which checks it, and not to this linter's own program.
    files: ['**/*.vue', '*/src/main.ts', '*/src/wall.ts', '*/src/app/router.ts'],
    rules: Object.fromEntries(
      ['argument', 'assignment', 'call', 'member-access', 'return'].map((what) => [`@typescript-eslint/no-unsafe-${what}`, 'off']),
    ),
  },
  {
    files: ['eslint.config.js', 'scripts/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: { URL: 'readonly', process: 'readonly', fetch: 'readonly' } },
  },
  {
    files: ['mobile/worker.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: { self: 'readonly', caches: 'readonly', fetch: 'readonly', URL: 'readonly', AbortSignal: 'readonly' } },
  },
)
