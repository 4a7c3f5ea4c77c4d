/*
 * The escalation table as an office reads and changes it. Enters: tables of the platform, faults that it found. Leaves: the
 * words of a row, what differs between two tables, a fault's place, the draft that this browser keeps. Absent: judgement
 * of a table, which is the platform's alone.
 */
import type { EscalationChecked, EscalationRow, EscalationTable } from '@shared/api/types'
import { locale, t, word } from '@shared/i18n'
import { refusalOf } from '@shared/refusals'

export const GRADES = ['I', 'II', 'III', 'IV'] as const
export type GradeName = typeof GRADES[number]
export type Row = EscalationRow & Required<Pick<EscalationRow, 'which' | 'until' | 'purpose'>>
export type Rows = Record<GradeName, readonly Row[]>

export const PARTS = ['control_room', 'manager', 'household', 'property', 'station', 'grid', 'community', 'maintainer', 'lead', 'supervisor', 'industry', 'brigade', 'neighbour_station', 'desk', 'post'] as const
export const WAYS = ['voice', 'sms', 'app', 'wechat', 'push', 'webpush', 'email', 'robot', 'webhook'] as const
export const UNTILS = ['answered', 'accepted', 'safe', 'read', 'closed'] as const
export const WHICHES = ['first', 'next', 'all'] as const
export const PURPOSES = ['alarm', 'status'] as const
export const CLASSES = [1, 2, 3, 4] as const
export const UNITS = [['s', 1], ['m', 60], ['h', 3600], ['d', 86_400]] as const

const whole = (row: EscalationRow): Row => ({ ...row, which: row.which ?? 'first', until: row.until ?? 'answered', purpose: row.purpose ?? 'alarm' })

export function rowsOf(table: Pick<EscalationTable, 'rows'>): Rows {
  const of = (grade: GradeName): readonly Row[] => (table.rows[grade] ?? []).map(whole)
  return { I: of('I'), II: of('II'), III: of('III'), IV: of('IV') }
}

export const listed = (words: readonly string[]): string => words.join(locale.value === 'zh' ? '、' : ', ')
export const nameOf = (row: Pick<Row, 'key'>): string => word('rowname', row.key)

/** The largest unit that holds it whole: 90 s stay 90 s, 120 s are 2 min. */
export function inUnit(seconds: number): { n: number, unit: typeof UNITS[number][0] } {
  const found = [...UNITS].reverse().find(([, each]) => seconds > 0 && seconds % each === 0)
  return found === undefined ? { n: seconds, unit: 's' } : { n: seconds / found[1], unit: found[0] }
}

export function spanWords(seconds: number): string {
  const { n, unit } = inUnit(seconds)
  return t(`esc.${unit}`, { n })
}

export function whenWords(row: Row): string {
  const begins = row.countdown ? t('esc.countdown') : row.after === 0 ? t('esc.at.once') : t('esc.after', { span: spanWords(row.after) })
  return row.every > 0 ? listed([begins, t('esc.every', { span: spanWords(row.every) })]) : begins
}

export function whomWords(row: Row): string {
  const parts = row.site ? [t('esc.site')] : row.whom.map((who) => word('part', who))
  return `${listed(parts)} · ${t(`esc.${row.which}`)}`
}

export function waysWords(row: Row): string {
  return [listed(row.by.map((way) => word('channel', way))), ...(row.second ? [t('esc.second')] : []), ...(row.purpose === 'alarm' ? [] : [word('esc.purpose', row.purpose)])].join(' · ')
}

export function onlyWords(row: Row): string {
  const limits = [...(row.by_day ? [t('esc.byday')] : []), ...(row.night ? [t('esc.night')] : []), ...(row.classes.length > 0 ? [t('esc.classes', { names: listed(row.classes.map((n) => `S${n}`)) })] : [])]
  return limits.length > 0 ? listed(limits) : '–'
}

export const untilWords = (row: Row): string => t(`esc.until.${row.until}`)

export interface Difference { grade: GradeName, key: string, name: string, kind: 'added' | 'removed' | 'changed', words: readonly string[] }

const SAID: readonly ((row: Row) => string)[] = [whenWords, whomWords, waysWords, untilWords, onlyWords]

/** A row is known by its name; the order of rows means nothing. */
export function differences(before: Rows, after: Rows): Difference[] {
  return GRADES.flatMap((grade) => {
    const was = new Map(before[grade].map((row) => [row.key, row]))
    const is = new Map(after[grade].map((row) => [row.key, row]))
    return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
      const found = one(was.get(key), is.get(key))
      return found === null ? [] : [{ grade, key, name: word('rowname', key), ...found }]
    })
  })
}

function one(was: Row | undefined, is: Row | undefined): Pick<Difference, 'kind' | 'words'> | null {
  if (was === undefined) return is === undefined ? null : { kind: 'added', words: SAID.map((say) => say(is)) }
  if (is === undefined) return { kind: 'removed', words: SAID.map((say) => say(was)) }
  const words = SAID.flatMap((say) => (say(was) === say(is) ? [] : [`${say(was)} → ${say(is)}`]))
  return words.length > 0 ? { kind: 'changed', words } : null
}

export type Fault = EscalationChecked['faults'][number]
export interface Placed { grade: GradeName | null, row: number | null, part: string, words: string }

/** "rows.II.3.by": the fourth row of orange; "rows.II.control_room": a part that orange does not reach. */
export function placed(fault: Pick<Fault, 'field' | 'expected'> & { code?: string, params?: unknown }): Placed {
  const [, grade = '', second = '', third = ''] = fault.field.split('.')
  const known = GRADES.find((each) => each === grade) ?? null
  const words = refusalOf(fault.code, fault.params) ?? fault.expected
  return /^\d+$/.test(second) ? { grade: known, row: Number(second), part: third, words } : { grade: known, row: null, part: second, words }
}

export function placeWords(fault: Placed, rows: Rows): string {
  const grade = fault.grade === null ? [] : [t(`grade.${fault.grade}`)]
  if (fault.row === null) return [...grade, ...(fault.part === '' ? [] : [word('part', fault.part)])].join(' · ')
  const row = fault.grade === null ? undefined : rows[fault.grade][fault.row]
  return [...grade, ...(row === undefined ? [] : [nameOf(row)]), word('esc.field', fault.part)].join(' · ')
}

const KEPT = 'zhigan.escalation.draft'
export interface Draft { account: string, base: number, rows: Rows }

export function keepDraft(draft: Draft | null): void {
  if (draft === null) localStorage.removeItem(KEPT)
  else localStorage.setItem(KEPT, JSON.stringify(draft))
}

/** Another account's draft, and what is none, is let be. */
export function keptDraft(account: string): Draft | null {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Draft | null
    const sound = found !== null && found.account === account && Number.isInteger(found.base) && GRADES.every((grade) => Array.isArray(found.rows[grade]))
    return sound ? { ...found, rows: rowsOf({ rows: found.rows as unknown as EscalationTable['rows'] }) } : null
  } catch {
    return null
  }
}

export const emptyRow = (): Row => ({ key: '', after: 0, whom: [], by: ['sms', 'app'], which: 'first', until: 'answered', purpose: 'alarm', site: false, second: false, every: 0, countdown: false, by_day: false, classes: [], night: false })
