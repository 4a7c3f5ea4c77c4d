/* The help that lies over any page. Enters: the page's name. Leaves: whether it is open, and which topic is first. */
import { ref } from 'vue'

export const TOPICS = ['keys', 'grades', 'states', 'causes', 'tasks', 'sound', 'fresh'] as const
export type Topic = typeof TOPICS[number]

/** The things that are done most, in the order of a newcomer's weeks. */
export const TASKS = ['verify', 'false', 'dispatch', 'merge', 'handover', 'find', 'commission', 'walktest', 'import', 'account', 'factor', 'escalate', 'channel', 'platforms', 'report', 'partner', 'grid', 'ownrule', 'join'] as const
export type Task = typeof TASKS[number]

const TASK_OF_PAGE: Record<string, Task> = {
  duty: 'verify', incidents: 'find', units: 'import', unit: 'import', devices: 'commission', device: 'find', map: 'find', accounts: 'account', account: 'account', 'account.new': 'account',
  federation: 'join', 'federation.one': 'join', audit: 'account', me: 'factor', 'settings.security': 'factor', 'settings.escalation': 'escalate', 'settings.notify': 'channel', platforms: 'platforms', platform: 'platforms', upward: 'platforms', 'upward.one': 'platforms',
  reports: 'report', report: 'report', 'report.new': 'report', 'report.refusals': 'report',
  partners: 'partner', partner: 'partner',
  community: 'grid', grids: 'grid', grid: 'grid', hosted: 'ownrule', 'hosted.one': 'ownrule', 'hosted.rules': 'ownrule',
}

export function taskOf(page: unknown): Task | null {
  return typeof page === 'string' ? TASK_OF_PAGE[page] ?? null : null
}

export const helpOpen = ref(false)

export function openHelp(): void {
  helpOpen.value = true
}
