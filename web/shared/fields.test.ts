import { describe, expect, it } from 'vitest'
import { Refused, Unreachable } from './api/client'
import { formTrouble } from './fields'
import { locale } from './i18n'

const refused = (status: number, detail = '', more: Record<string, unknown> = {}): Refused => new Refused(status, '', detail, more, null)

describe('what a form is told', () => {
  it('stands at the field, in the words of the seat: by code, else by field, else as the platform said it', () => {
    const errors = [
      { field: 'password', expected: 'at least 8 characters', code: 'password.short', params: { least: '8' } },
      { field: 'phone', expected: 'something else' },
      { field: 'strange', expected: 'a thing', code: 'not.known.here' },
    ]
    expect(formTrouble(refused(400, '', { errors }))).toEqual({
      fields: { password: '至少 8 位', phone: '不超过 200 个字符，一行', strange: 'a thing' }, whole: null,
    })
    expect(formTrouble(refused(409, '', { code: 'account.taken', params: { field: 'name', name: 'x' } })).fields).toEqual({ name: '已有账号“x”' })
  })
  it('or says for the whole that nothing was kept, and why where the platform said so', () => {
    for (const error of [new Unreachable('x'), refused(403), refused(404), refused(429), refused(500), new TypeError('x')]) {
      expect(formTrouble(error).whole).toMatch(/^没有保存/)
    }
    expect(formTrouble(refused(403, '', { code: 'account.role', params: { role: 'security' } })).whole).toBe('没有保存：你的岗位不能授予“安全管理员”')
    locale.value = 'en'
    expect(formTrouble(refused(409, '', { code: 'test.over' })).whole).toBe('Not saved: The test is over already')
    locale.value = 'zh'
  })
})
