/* The orders of a list, as choices of its filter: the interface's words, and what people call them. */
import { t } from '@shared/i18n'

export type Order = 'code' | 'name' | '-name' | 'created_at' | '-created_at' | 'number' | '-number' | 'pressure_mpa' | '-pressure_mpa' | 'received_at' | '-received_at' | 'starts_at' | '-starts_at' | 'due_on' | '-due_on' | 'proof_due_at' | '-proof_due_at' | 'grade' | 'warning' | 'since' | '-since'

export const orders = (...words: readonly Order[]): { value: string, name: string }[] => words.map((value) => ({ value, name: t(`reg.sort.${value}`) }))
