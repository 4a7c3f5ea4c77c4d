/*
 * Server-sent events from bytes. Enters: text as it arrives, cut anywhere. Leaves: whole events, and a pulse for each
 * comment line (the platform's heartbeat, which the browser's own EventSource hides). Deliberately absent: the network.
 */

export interface ServerEvent { id: string | null, event: string, data: string }

export class EventParser {
  private rest = ''
  private data: string[] = []
  private event = ''
  private id: string | null = null

  /** `comment` is told what stands behind the colon: the platform's heartbeat holds its time. */
  constructor(private readonly comment: (text: string) => void = () => undefined) {}

  push(chunk: string): ServerEvent[] {
    const events: ServerEvent[] = []
    const lines = (this.rest + chunk).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') this.close(events)
      else this.field(line)
    }
    return events
  }

  private close(events: ServerEvent[]): void {
    if (this.data.length > 0) {
      events.push({ id: this.id, event: this.event || 'message', data: this.data.join('\n') })
    }
    this.data = []
    this.event = ''
  }

  private field(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) {
      this.comment(line.slice(1).trim())
      return
    }
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') this.data.push(value)
    else if (name === 'event') this.event = value
    else if (name === 'id' && !value.includes('\0')) this.id = value
  }
}
