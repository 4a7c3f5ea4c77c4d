/* What a sub-platform may be and where it may begin, as choices. The platform decides again. */
import { t, word } from '@shared/i18n'

export interface Choice { value: string, name: string }
export const kinds = (): Choice[] => (['industry', 'community', 'district', 'firm'] as const).map((value) => ({ value, name: t(`hosted.kind.${value}`) }))
export const starts = (): Choice[] => ['duty', 'map', 'incidents', 'units', 'devices', 'hydrants', 'health', 'community'].map((value) => ({ value, name: word('nav', value) }))
export const door = (slug: string): string => `${location.origin}/p/${slug}`
