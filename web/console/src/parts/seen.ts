/*
 * A list as it is seen, as a file: the chosen columns, under the names and in the words of the screen. Enters: the
 * platform's own file of those columns, piece by piece, and the heads of the table. Leaves: the text that is saved. The
 * platform writes who took it out; it does not know the words of a screen, so they are put in here.
 */
import { inject, provide, type InjectionKey, type ShallowRef } from 'vue'
import { fileAddress, refusal, Unreachable } from '@shared/api/client'
import { word } from '@shared/i18n'
import { clock, day, instant } from '@shared/time'
import { areaName } from './areas'
import { CsvReader, csvLine } from './csv'

/** `keys`: the platform's columns behind one of the screen, joined by a space; `words`: the family of its codes. */
export interface Head { keys: readonly string[], name: string, words: string }

const HEADS: InjectionKey<ShallowRef<readonly Head[]>> = Symbol('heads')
const KEPT_MS = 60_000

export const showHeads = (heads: ShallowRef<readonly Head[]>): void => { provide(HEADS, heads) }
export const shownHeads = (): ShallowRef<readonly Head[]> | null => inject(HEADS, null)

/** The heads of a table as its markup names them: `data-column="gateway,address" data-words="type"`. */
export function headOf(head: HTMLElement, name: string): Head {
  return { keys: (head.dataset['column'] ?? '').split(',').filter((key) => key !== ''), name, words: head.dataset['words'] ?? '' }
}

/** `condition|now`: the first family that knows the code says it. */
function oneOf(families: readonly string[], code: string): string {
  return families.map((family) => word(family, code)).find((said) => said !== code) ?? code
}

function said(family: string, code: string): string {
  if (family === '' || code === '') return code
  if (family === 'area') return areaName(code)
  if (family === 'time') {
    const at = instant(code)
    return at === null ? code : `${day(at)} ${clock(at)}`
  }
  if (family === 'cause') return `${code} ${word('cause', code)}`
  return code.split(';').map((each) => oneOf(family.split('|'), each)).join('; ')
}

function written(head: Head, cells: readonly string[]): string {
  return cells.map((cell) => said(head.words, cell)).filter((cell) => cell !== '').join(' ')
}

/** How the platform's mark begins, the last line of what is taken out: it stays as it came. */
const MARKED = /^# \S+ E\d+ · /

export function rewritten(heads: readonly Head[], row: readonly string[]): string {
  if (MARKED.test(row[0] ?? '')) return csvLine(row)
  let at = 0
  return csvLine(heads.map((head) => written(head, row.slice(at, at += head.keys.length))))
}

export async function asSeen(path: string, query: Record<string, string>, heads: readonly Head[], told: (bytes: number) => void): Promise<Blob> {
  const asked = heads.filter((head) => head.keys.length > 0)
  const columns = asked.flatMap((head) => head.keys).join(',')
  const response = await fetch(fileAddress(path, { ...query, columns }), { credentials: 'same-origin' }).catch((error: unknown) => { throw new Unreachable(String(error)) })
  if (!response.ok || response.body === null) throw await refusal(response)
  const text: string[] = ['\uFEFF', csvLine(asked.map((head) => head.name))]
  const reader = new CsvReader()
  const decoder = new TextDecoder()
  const bytes = response.body.getReader()
  let first = true
  const take = (rows: readonly string[][]): void => {
    text.push(rows.slice(first ? 1 : 0).map((row) => rewritten(asked, row)).join(''))
    first &&= rows.length === 0
  }
  let got = 0
  for (let piece = await bytes.read(); !piece.done; piece = await bytes.read()) {
    take(reader.push(decoder.decode(piece.value, { stream: true })))
    told(got += piece.value.length)
  }
  take(reader.end())
  return new Blob(text, { type: 'text/csv' })
}

export function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  window.setTimeout(() => { URL.revokeObjectURL(link.href) }, KEPT_MS)
}
