/*
 * Names for what the platform answers. The types themselves are generated (schema.gen.ts); here they only get the names
 * that pages use. The one type written by hand is the live feed's, which no OpenAPI document describes.
 */
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Incident = Schemas['IncidentView']
export type Alarm = Schemas['AlarmView']
export type TimelineLine = Schemas['LineView']
export type Reason = Schemas['ReasonView']
export type Flood = Schemas['Flood']
export type Group = Schemas['Group']
export type OpenCounts = Schemas['OpenCounts']
export type Family = Schemas['Family']
export type FamilyMember = Schemas['Member']
export type FamilyOffer = Schemas['Offer']
export type PublicDevice = Schemas['PublicDevice']
export type Reported = Schemas['Reported']
export type Upkeep = Schemas['Upkeep']
export type InstallationJob = Schemas['JobView']
export type InstallationCode = Schemas['CodeView']
export type InstallationProject = Schemas['Project']
export type Around = Schemas['Around']
export type SiteResponse = NonNullable<Incident['responses']>[number]
export type DevicePast = Schemas['DevicePast']
export type FileView = Schemas['FileView']
export type HealthRow = Schemas['HealthRow']
export type HealthView = Schemas['HealthView']
export type HealthSummary = Schemas['HealthSummary']
export type Statistic = Schemas['Statistic']
export type Coverage = Schemas['Coverage']
export type DtlsKey = Schemas['KeyView']
export type GivenDtlsKey = Schemas['GivenKey']
export type Me = Schemas['Me']
export type Unit = Schemas['Unit']
export type UnitDetail = Schemas['UnitDetail']
export type Device = Schemas['Device']
export type Area = Schemas['Area']
export type Hydrant = Schemas['Hydrant']
export type Account = Schemas['Account']
export type Hosted = Schemas['Hosted']
export type HostedOpened = Schemas['Opened']
export type Face = Schemas['Face']
export type AuditEntry = Schemas['AuditEntry']
export type Security = Schemas['Security']
export type PlatformView = Schemas['PlatformView']
export type About = Schemas['About']
export type Wish = Schemas['NotificationWish']
export type PushDevice = Schemas['PushDevice']
export type PushDevices = Schemas['DeviceList']
export type Session = Schemas['Session']
export type Token = Schemas['Token']
export type SecondFactor = Schemas['SecondFactor']
export type Enrolment = Schemas['Enrolment']
export type RecoveryCodes = Schemas['RecoveryCodes']
export type Building = Schemas['Building']
export type Contact = Schemas['Contact']
export type ContactRow = Schemas['ContactRow']
export type KeyPart = Schemas['KeyPart']
export type Organisation = Schemas['Organisation']
export type Community = Schemas['Community']
export type Words = Schemas['RegistryWords']
export type DeviceDetail = Schemas['DeviceDetail']
export type DiscoveredDevice = Schemas['DiscoveredDevice']
export type Adoptions = Schemas['Adoptions']
export type Import = Schemas['Import']
export type BadLine = Schemas['BadLine']
export type SheetKind = Schemas['SheetKind']
export type Plan = Schemas['Plan']
export type FloorView = Schemas['FloorView']
export type FloorRecord = Schemas['Floor']
export type FloorDevices = Schemas['FloorDevices']
export type PlanDevice = Schemas['PlanDevice']
export type Walk = Schemas['Walk']
export type WalkRow = Schemas['WalkRow']
export type WalkPoint = Schemas['WalkPoint']
export type Notification = Schemas['NotificationView']
export type ChannelView = Schemas['ChannelView']
export type OnCall = Schemas['OnCallView']
export type Escalation = Schemas['EscalationView']
export type EscalationTable = Schemas['EscalationTable']
export type EscalationVersion = Schemas['EscalationVersion']
export type EscalationRow = Schemas['Row']
export type EscalationChecked = Schemas['CheckedTable']
export type HandOverPanel = Schemas['Panel']
export type HandOver = Schemas['HandOverView']
export type CentreCall = Schemas['CallView']
export type Centre = Schemas['TargetView']
export type ExchangeRow = Schemas['ExchangeView']
export type ExchangeWhole = Schemas['ExchangeDetail']
export type CentreFigures = Schemas['FiguresView']
export type ShippedMap = Schemas['Shipped']
export type CheckedMap = Schemas['Checked']
export type Shown = Schemas['Shown']
export type ShownAll = Schemas['ShownAll']
export type SilenceView = Schemas['SilenceView']
export type SilentPlace = Schemas['SilentPlace']
export type SilenceSummary = Schemas['SilenceSummary']
export type Tenure = Schemas['Tenure']
export type FrameWords = NonNullable<Incident['alarms'][number]['words']>[number]
export type Quarantined = Schemas['QuarantineItem']

/** An incident in a list: asked for without its alarms and lines. */
export type IncidentRow = Omit<Incident, 'alarms' | 'timeline' | 'timeline_count' | 'merged' | 'split_from' | 'basis' | 'confirmed_at' | 'closed_at' | 'alarm_count'>

export type Grade = Incident['grade']
export type State = Incident['state']
export type Queue = Incident['queue']
export type Step = Exclude<Incident['steps'][number], 'respond'>
export type Outcome = NonNullable<Incident['outcome']>
export type Basis = NonNullable<Incident['basis']>

/** What a step sends. `seen`: the state on the asker's page; when it is another by now, the step is refused (409). */
export interface StepBody { outcome?: Outcome, cause?: string, basis?: Basis, note?: string, seen?: State }

/** The data of `incident`, `attention` and `task` on the live feed. */
export interface LiveIncident extends Pick<Incident, 'id' | 'version' | 'grade' | 'kind' | 'state' | 'unit' | 'opened_at' | 'last_signal_at' | 'queue'> {
  alarms: number
  merged_into?: string | null
}

export interface Page<T> { items: T[], next: string | null }
