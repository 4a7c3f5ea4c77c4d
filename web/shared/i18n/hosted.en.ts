/* Words of hosted sub-platforms. Key for key beside hosted.zh.ts. */
import type { hostedZh } from './hosted.zh'

export const hostedEn: Record<keyof typeof hostedZh, string> = {
  'nav.hosted': 'Sub-platforms',
  'hosted.title': 'Sub-platforms',
  'hosted.lead': 'Fronts of industries, communities, districts and maintenance firms within this installation: own name, logo, start page and accounts; each sees its own units and incidents only.',
  'hosted.search': 'Search name or address',
  'hosted.empty': 'No sub-platform yet', 'hosted.empty.next': 'Use “Open a sub-platform”: a name, a scope and an administrator, and it can be handed over within minutes.',
  'hosted.new': 'Open a sub-platform', 'hosted.create': 'Open', 'hosted.gone': 'There is no such sub-platform, or it is not yours to manage.',
  'hosted.kind': 'Kind', 'hosted.kind.industry': 'Industry', 'hosted.kind.community': 'Community', 'hosted.kind.district': 'District', 'hosted.kind.firm': 'Maintenance firm',
  'hosted.name': 'Full name', 'hosted.name.hint': 'On the login page and on reports',
  'hosted.short': 'Short name', 'hosted.short.hint': 'In the header, at most 16 characters; else the beginning of the full name',
  'hosted.slug': 'Login address', 'hosted.slug.hint': 'Lower-case letters, digits, hyphens; cannot be changed later. The login page is {address}',
  'hosted.start': 'Start page', 'hosted.address': 'Login address', 'hosted.accounts': 'Accounts', 'hosted.accounts.see': 'See its {n} accounts', 'hosted.state': 'State', 'hosted.open': 'In use', 'hosted.closed': 'Closed',
  'hosted.first': 'First administrator', 'hosted.first.hint': 'Makes the other accounts of the sub-platform; has its scope',
  'hosted.done': '“{name}” is open', 'hosted.done.hand': 'Hand login address, account and first password to the administrator in person. The password is shown this once; it should be changed right after the first login.', 'hosted.done.password': 'First password', 'hosted.done.go': 'See the sub-platform', 'hosted.copy': 'Copy', 'hosted.copied': 'Copied',
  'hosted.logo': 'Logo', 'hosted.logo.hint': 'PNG, JPEG or WebP, at most 1 MiB; best square', 'hosted.logo.put': 'Use this logo', 'hosted.logo.remove': 'Remove the logo', 'hosted.logo.saved': 'The logo has been changed', 'hosted.logo.none': 'No logo',
  'hosted.own': 'This is your own sub-platform: name, logo and start page are yours to change; its scope and its end are decided above.',
  'hosted.close': 'Close the sub-platform', 'hosted.close.consequence': 'Its {n} accounts are signed out and cannot sign in again, its login page closes. Units, devices, incidents and records stay, alarms go on. It can be opened again.',
  'hosted.reopen': 'Open again', 'hosted.reopen.consequence': 'The login page comes back. Accounts that were signed out stay disabled until each is enabled.',
  'hosted.closed.done': 'Closed', 'hosted.reopened.done': 'Open again', 'hosted.narrow': 'Before a scope is narrowed, accounts outside it must be changed.',
  'act.hosted.opened': 'Opened a sub-platform', 'act.hosted.changed': 'Changed a sub-platform', 'act.hosted.logo': 'Changed a sub-platform’s logo', 'audit.hosted': 'Sub-platforms',
}
