import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'

/* The rule that lint must hold, with planted violations: a rule that cannot fail is no rule. */

const web = fileURLToPath(new URL('..', import.meta.url))
const eslint = new ESLint({ cwd: web })

async function broken(path: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: `${web}/${path}` })
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message)
}

const RULE = 'boundaries/dependencies'

describe('the river runs one way', { timeout: 120_000 }, () => {
  it.each([
    ['console/src/ui/AppIcon.vue', `<script setup lang="ts">import { t } from '@shared/i18n'; t('app.name')</script>`],
    ['console/src/live/queue.ts', `import '../ui/base.css'; import { safeReturn } from '../app/router'; safeReturn('')`],
    ['console/src/desks/duty/timeline.ts', `import { types } from '../registry/choices'; types()`],
    ['shared/time.ts', `import { ordered } from '../console/src/live/queue'; ordered(new Map())`],
    ['mobile/src/live/light.ts', `import { next } from '../desks/alarm/answers'; next([])`],
    ['mobile/src/desks/alarm/answers.ts', `import { matches } from '@console/desks/duty/useQueue'; export const m = matches`],
    ['console/src/parts/useone.ts', `import { matches } from '../desks/duty/useQueue'; matches`],
  ])('and %s may not run against it', async (path, code) => {
    expect(await broken(path, code)).toContain(RULE)
  })
  it.each([
    ['console/src/desks/duty/timeline.ts', `import { word } from '@shared/i18n'; word('a', 'b')`],
    ['console/src/desks/duty/timeline.ts', `import { matches } from './useQueue'; export const m = matches`],
    ['console/src/app/router.ts', `import { matches } from '../desks/duty/useQueue'; export const m = matches`],
  ])('and %s may run with it', async (path, code) => {
    expect(await broken(path, code)).not.toContain(RULE)
  })
  it('and a text that is in no catalogue is found', async () => {
    expect(await broken('console/src/ui/AppIcon.vue', '<template><p>Hello</p></template>')).toContain('vue/no-bare-strings-in-template')
  })
})
