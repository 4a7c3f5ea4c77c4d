/*
 * The table in force, the version that is looked at, and the draft. Enters: steps of the page. Leaves: what it shows. A draft is
 * checked by the platform after each change; only the newest answer counts. Absent: words.
 */
import type { EscalationChecked, EscalationTable, EscalationVersion, Page } from '@shared/api/types'
import { api, me } from '@shared/session'
import { stepTrouble, troubleOf, type Trouble } from '@shared/trouble'
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { differences, keepDraft, keptDraft, placed, rowsOf, type Difference, type Draft, type GradeName, type Placed, type Row, type Rows } from './escalation'

export interface Escalating {
  standing: ShallowRef<EscalationTable | null>, versions: ShallowRef<readonly EscalationVersion[]>, seen: ShallowRef<EscalationTable | null>
  draft: ShallowRef<Draft | null>, faults: ShallowRef<readonly Placed[] | null>, unchecked: Ref<string>, away: Ref<Trouble | null>, overtaken: ShallowRef<EscalationVersion | null>
  rows: ComputedRef<Rows | null>, changes: ComputedRef<readonly Difference[]>
  look: () => Promise<void>, see: (version: number | null) => Promise<void>, begin: (from: EscalationTable) => void, drop: () => void
  take: (version: number) => Promise<void>, keep: (grade: GradeName, was: Row | null, row: Row) => void, remove: (grade: GradeName, row: Row) => void, put: (note: string) => Promise<void>
}

const path = '/notifications/escalation'

export function useEscalation(): Escalating {
  const { standing, versions, seen, away, load, see, one } = useTables()
  const overtaken = shallowRef<EscalationVersion | null>(null)
  const { draft, faults, unchecked, keep, remove, set } = useDraft()
  const rows = computed(() => {
    const table = seen.value ?? standing.value
    return draft.value?.rows ?? (table === null ? null : rowsOf(table))
  })
  const changes = computed(() => (rows.value === null || standing.value === null ? [] : differences(rowsOf(standing.value), rows.value)))

  async function look(): Promise<void> {
    const table = await load()
    const kept = draft.value ?? keptDraft(me.value?.name ?? '')
    if (table === null || kept === null || me.value?.role !== 'admin') return
    if (kept.base !== table.version) overtaken.value = table
    set({ ...kept, base: table.version })
  }
  function begin(from: EscalationTable): void {
    seen.value = null
    overtaken.value = null
    set({ account: me.value?.name ?? '', base: standing.value?.version ?? from.newest, rows: rowsOf(from) })
  }
  async function take(version: number): Promise<void> {
    const from = await one(version)
    if (from !== null) begin(from)
  }
  function drop(): void {
    overtaken.value = null
    set(null)
  }
  async function put(note: string): Promise<void> {
    const wanted = draft.value
    if (wanted === null) return
    try {
      await api.post(path, { base: wanted.base, note, rows: wanted.rows })
    } catch (error) {
      await look() // somebody else may have been first: what differs is shown against what is in force now
      throw error
    }
    drop()
    await look()
  }
  return { standing, versions, seen, draft, faults, unchecked, away, overtaken, rows, changes, look, see, begin, drop, take, keep, remove, put }
}

type Tables = Pick<Escalating, 'standing' | 'versions' | 'seen' | 'away' | 'see'> & { load: () => Promise<EscalationTable | null>, one: (version: number) => Promise<EscalationTable | null> }

function useTables(): Tables {
  const standing = shallowRef<EscalationTable | null>(null)
  const versions = shallowRef<readonly EscalationVersion[]>([])
  const seen = shallowRef<EscalationTable | null>(null)
  const away = ref<Trouble | null>(null)
  async function got<T>(asked: Promise<T>): Promise<T | null> {
    try {
      const answer = await asked
      away.value = null
      return answer
    } catch (error) {
      away.value = troubleOf(error)
      return null
    }
  }
  const one = (version: number): Promise<EscalationTable | null> => got(api.get<EscalationTable>(`${path}/versions/${version}`))
  async function load(): Promise<EscalationTable | null> {
    const both = await got(Promise.all([api.get<EscalationTable>(path), api.get<Page<EscalationVersion>>(`${path}/versions`)]))
    if (both === null) return null
    standing.value = both[0]
    versions.value = both[1].items
    return both[0]
  }
  async function see(version: number | null): Promise<void> {
    seen.value = version === null || version === standing.value?.version ? null : await one(version)
  }
  return { standing, versions, seen, away, see, load, one }
}

function useDraft(): Pick<Escalating, 'draft' | 'faults' | 'unchecked' | 'keep' | 'remove'> & { set: (next: Draft | null) => void } {
  const draft = shallowRef<Draft | null>(null)
  const faults = shallowRef<readonly Placed[] | null>(null)
  const unchecked = ref('')
  function set(next: Draft | null): void {
    draft.value = next
    faults.value = null
    unchecked.value = ''
    keepDraft(next)
    if (next !== null) void check(next)
  }
  async function check(wanted: Draft): Promise<void> {
    try {
      const answer = await api.post<EscalationChecked>(`${path}/check`, { rows: wanted.rows })
      if (draft.value === wanted) faults.value = answer.faults.map(placed)
    } catch (error) {
      if (draft.value === wanted) unchecked.value = stepTrouble(error)
    }
  }
  function changed(grade: GradeName, change: (listed: readonly Row[]) => readonly Row[]): void {
    if (draft.value !== null) set({ ...draft.value, rows: { ...draft.value.rows, [grade]: change(draft.value.rows[grade]) } })
  }
  const keep = (grade: GradeName, was: Row | null, row: Row): void => { changed(grade, (listed) => (was === null ? [...listed, row] : listed.map((each) => (each === was ? row : each)))) }
  const remove = (grade: GradeName, row: Row): void => { changed(grade, (listed) => listed.filter((each) => each !== row)) }
  return { draft, faults, unchecked, keep, remove, set }
}
