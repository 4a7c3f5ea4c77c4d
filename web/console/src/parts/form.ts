/*
 * A form by its fields. Enters: what each field is, and what stands. Leaves: values as typed, errors at their fields (once
 * left, or as the platform said), and the body to send: all of it, or only what was changed. Absent: how a field looks.
 */
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { formTrouble, NO_TROUBLE, type FormTrouble } from '@shared/fields'
import { t } from '@shared/i18n'
import type { Lookup } from './lookup'
import { polygonOf } from './polygon'

export interface Choice { value: string, name: string }
export interface Field {
  name: string
  label: string
  kind: 'text' | 'long' | 'number' | 'whole' | 'date' | 'select' | 'checks' | 'lookup' | 'polygon'
  choices?: readonly Choice[]
  /** What is usually said; anything else may be typed. */
  suggested?: readonly string[] | undefined
  lookup?: Lookup
  /** What a lookup's value is called at first. */
  called?: string
  hint?: string | undefined
  suffix?: string | undefined
  required?: boolean
  locked?: boolean
  least?: number
  most?: number
}
export type Typed = Record<string, string | readonly string[]>
export type Body = Record<string, unknown>

export interface Form {
  values: Ref<Typed>
  trouble: ShallowRef<FormTrouble>
  busy: Ref<boolean>
  errors: ComputedRef<Record<string, string>>
  left: (name: string) => void
  /** Runs what sends it, unless a field is wrong already; false: it stays open, and says why. */
  send: (act: (body: Body) => Promise<void>) => Promise<boolean>
}

function typed(field: Field, standing: Body): string | readonly string[] {
  const value = standing[field.name]
  if (field.kind === 'checks') return Array.isArray(value) ? value.map(String) : []
  if (field.kind === 'polygon') return value === null || value === undefined ? '' : JSON.stringify(value)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function wrong(field: Field, value: string | readonly string[]): string | undefined {
  const text = typeof value === 'string' ? value.trim() : value.join()
  if (text === '') return field.required === true ? t('refusal.value.required') : undefined
  if (field.kind === 'polygon') return polygonOf(text) === null ? t('grid.shape.bad') : undefined
  return field.kind === 'number' || field.kind === 'whole' ? wrongFigure(field, Number(text)) : undefined
}

function wrongFigure(field: Field, figure: number): string | undefined {
  if (Number.isNaN(figure)) return t('reg.wrong.number')
  if (field.kind === 'whole' && !Number.isInteger(figure)) return t('reg.wrong.whole')
  if (field.least !== undefined && figure < field.least) return t('reg.wrong.from', { n: field.least })
  return field.most !== undefined && figure > field.most ? t('reg.wrong.to', { n: field.most }) : undefined
}

function said(field: Field, value: string | readonly string[]): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (text === '') return null
  if (field.kind === 'polygon') return polygonOf(text)
  return field.kind === 'number' || field.kind === 'whole' ? Number(text) : text
}

/** `standing`: a thing that is changed; only what differs from it is sent. */
export function useForm(fields: ComputedRef<readonly Field[]>, first: Body, standing: boolean): Form {
  const begin: Typed = Object.fromEntries(fields.value.map((field) => [field.name, typed(field, first)]))
  const values = ref<Typed>({ ...begin })
  const trouble = shallowRef(NO_TROUBLE)
  const busy = ref(false)
  const gone = ref(new Set<string>())

  const own = computed(() => fields.value.map((field) => [field.name, wrong(field, values.value[field.name] ?? '')] as const))
  const errors = computed(() => {
    const mine = own.value.filter(([name, error]) => error !== undefined && gone.value.has(name)) as [string, string][]
    return { ...trouble.value.fields, ...Object.fromEntries(mine) }
  })

  function body(): Body {
    const now = fields.value.filter((field) => field.locked !== true)
    const sent = standing ? now.filter((field) => String(values.value[field.name] ?? '') !== String(begin[field.name] ?? '')) : now
    const all = sent.map((field) => [field.name, said(field, values.value[field.name] ?? '')] as const)
    return Object.fromEntries(standing ? all : all.filter(([, value]) => value !== null))
  }

  async function send(act: (body: Body) => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    gone.value = new Set(fields.value.map((field) => field.name))
    trouble.value = NO_TROUBLE
    if (own.value.some(([, error]) => error !== undefined)) {
      trouble.value = { fields: {}, whole: t('reg.form.missing') }
      return false
    }
    busy.value = true
    try {
      await act(body())
      return true
    } catch (error) {
      trouble.value = atFields(formTrouble(error), fields.value)
      return false
    } finally {
      busy.value = false
    }
  }

  return { values, trouble, busy, errors, left: (name) => { gone.value = new Set([...gone.value, name]) }, send }
}

/** What was said of a field that the form does not show is said of the whole. */
function atFields(trouble: FormTrouble, fields: readonly Field[]): FormTrouble {
  const strange = Object.entries(trouble.fields).filter(([name]) => !fields.some((field) => field.name === name))
  if (strange.length === 0) return trouble
  return { fields: trouble.fields, whole: trouble.whole ?? t('form.refused', { why: strange.map(([, words]) => words).join(' · ') }) }
}
