/* The desk's groups, splitting, menus and the map's filters. The same keys as desk.zh.ts. */
import type { deskZh } from './desk.zh'

export const deskEn: Record<keyof typeof deskZh, string> = {
  'flood.units': '{n} units',
  'flood.newest': 'newest {age} ago',
  'flood.failed': 'Could not be read.',
  'flood.more': 'Show 50 more ({n} left)',
  'flood.link_lost': 'Offline',
  'flood.link_lost_many': 'Offline together',
  'queue.rest': 'The newest {n} only; search for the others',
  'nav.menu.registry': 'Registry',
  'nav.menu.office': 'Office',
  'split.button': 'Split…',
  'split.title': 'Split the incident',
  'split.consequence': 'The chosen alarm points become an incident of their own, verified and timed apart; both timelines say so. At least one alarm point stays here.',
  'split.merged': 'Merged incidents',
  'split.merged.one': 'Merged {time}',
  'split.alarms': 'Alarm points',
  'split.choose': 'Choose the alarm points to take out, or an incident that was merged',
  'split.all': 'At least one alarm point stays here',
  'split.submit': 'Split',
  'split.refused': 'Not split: {detail}',
  'incident.split': 'Taken out of another incident',
  'map.kind': 'Incident kind',
  'map.grade': 'Incident grade',
  'map.incidents.filtered': 'No incident fits the filter',
}
