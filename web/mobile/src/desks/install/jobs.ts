/*
 * An installation on the phone. Enters: a scanned code, a place, a position, a photo, the pressed button. Leaves: a job kept
 * on the phone first and put to the platform as a whole, as often as needed: it is the same job. Pure but for the store.
 */
import { Refused, Unreachable } from '@shared/api/client'
import { upload } from '@shared/api/upload'
import type { InstallationJob } from '@shared/api/types'
import { api, me } from '@shared/session'
import { shallowRef } from 'vue'
import { isFinal } from '../../live/outbox'
import { all, drop, keep } from '../../live/store'

export interface Draft {
  key: string
  account: string
  code: string
  gateway: string
  type: string
  projectId: string | null
  unitId: string
  unitName: string
  buildingId: string | null
  floor: string
  flat: string
  place: string
  lon: number | null
  lat: number | null
  accuracy: number | null
  scannedAt: string
  pressedAt: string | null
  photo: Blob | null
  photoSent: boolean
  /** What the platform knows of it; null while it knows nothing. */
  job: InstallationJob | null
  refused: { status: number, more: Record<string, unknown> } | null
}

export type Step = 'place' | 'photo' | 'test' | 'signal' | 'done'

export const isDone = (draft: Draft): boolean => draft.job?.in_service_at != null

/** Where the work stands: the platform's word counts, what the phone holds comes before it. */
export function stepOf(draft: Draft): Step {
  if (isDone(draft)) return 'done'
  if (draft.lon === null || [draft.place, draft.flat, draft.floor].every((text) => text === '')) return 'place'
  if (draft.photo === null && draft.job?.photo !== true) return 'photo'
  if (draft.pressedAt === null) return 'test'
  return 'signal'
}

export const drafts = shallowRef<readonly Draft[]>([])

export async function restore(): Promise<void> {
  const kept = await all<Draft>('jobs')
  drafts.value = kept.filter((each) => each.account === me.value?.id).sort((a, b) => b.scannedAt.localeCompare(a.scannedAt))
}

export async function save(draft: Draft): Promise<void> {
  await keep('jobs', draft)
  drafts.value = [draft, ...drafts.value.filter((each) => each.key !== draft.key)].sort((a, b) => b.scannedAt.localeCompare(a.scannedAt))
}

export async function forget(key: string): Promise<void> {
  await drop('jobs', key)
  drafts.value = drafts.value.filter((each) => each.key !== key)
}

function body(draft: Draft): object {
  return {
    code: draft.code, unit_id: draft.unitId, type: draft.type, gateway: draft.gateway, project_id: draft.projectId, building_id: draft.buildingId,
    floor: draft.floor, flat: draft.flat, place: draft.place, lon: draft.lon, lat: draft.lat, accuracy_m: draft.accuracy,
    scanned_at: draft.scannedAt, pressed_at: draft.pressedAt,
  }
}

let busy: Promise<unknown> = Promise.resolve()

/** One at a time, each with the newest that the phone knows. Resolves with the draft as it stands then; offline it stays. */
export function sync(key: string): Promise<Draft | null> {
  const next = busy.then(() => put(key))
  busy = next.catch(() => undefined)
  return next
}

async function put(key: string): Promise<Draft | null> {
  const draft = drafts.value.find((each) => each.key === key)
  if (draft === undefined || isDone(draft)) return draft ?? null
  try {
    const job = await told(draft)
    const photo = job.in_service_at === null ? {} : { photo: null }
    return await settled(key, { job, photoSent: draft.photoSent || draft.photo !== null, refused: null, ...photo })
  } catch (error) {
    if (isFinal(error)) return settled(key, { refused: { status: error.status, more: error.more } })
    if (error instanceof Unreachable || error instanceof Refused) return draft
    throw error
  }
}

async function told(draft: Draft): Promise<InstallationJob> {
  const job = await api.put<InstallationJob>(`/installation/jobs/${draft.key}`, body(draft))
  if (draft.photo === null || draft.photoSent) return job
  return upload<InstallationJob>(`/installation/jobs/${draft.key}/photo`, new File([draft.photo], 'photo.jpg', { type: draft.photo.type }))
}

/** Laid over what was entered meanwhile. */
async function settled(key: string, change: Partial<Draft>): Promise<Draft | null> {
  const now = drafts.value.find((each) => each.key === key)
  if (now === undefined) return null
  const next = { ...now, ...change }
  await save(next)
  return next
}

export async function syncAll(): Promise<void> {
  for (const each of drafts.value) if (each.refused === null && !isDone(each)) await sync(each.key)
}
