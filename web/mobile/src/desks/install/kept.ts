/* Projects as last seen, so that work begins where there is no network. Nothing of people is kept. */
import type { InstallationProject } from '@shared/api/types'

const STORED = 'zhigan.phone.projects'

export function keptProjects(): InstallationProject[] {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? '[]') as InstallationProject[]
  } catch {
    return []
  }
}

export function keepProjects(projects: readonly InstallationProject[]): void {
  localStorage.setItem(STORED, JSON.stringify(projects.map((each) => ({ ...each, installers: [] }))))
}
