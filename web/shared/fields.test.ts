import { describe, expect, it } from 'vitest'
import { Refused, Unreachable } from './api/client'
import { formTrouble } from './fields'

const refused = (status: number, detail = '', more: Record<string, unknown> = {}): Refused => new Refused(status, '', detail, more, null)

describe('what a form is told', () => {
  it('stands at the field, in the words of the seat where there are any', () => {
    const errors = [{ field: 'password', expected: 'at least 8 characters' }, { field: 'strange', expected: 'a thing' }]
    expect(formTrouble(refused(400, '', { errors }))).toEqual({ fields: { password: '至少 8 位，不能与账号相同，也不能只重复一两个字符', strange: 'a thing' }, whole: null })
    expect(formTrouble(refused(409, "name: there is an account 'x' already")).fields).toEqual({ name: '已有同名账号' })
  })
  it('or says for the whole that nothing was kept', () => {
    for (const error of [new Unreachable('x'), refused(403), refused(404), refused(429), refused(500), new TypeError('x')]) {
      expect(formTrouble(error).whole).toMatch(/^没有保存/)
    }
  })
})
