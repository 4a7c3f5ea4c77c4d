/*
 * CSV as RFC 4180 has it, read as it comes and written. Enters: pieces of text that may end anywhere. Leaves: whole rows.
 */
export class CsvReader {
  private cells: string[] = []
  private cell = ''
  private quoted = false
  /** A quote inside quotes: the next character says whether it was one, or the end. */
  private maybe = false

  push(text: string): string[][] {
    const rows: string[][] = []
    for (const char of text) {
      if (this.maybe) {
        this.maybe = false
        if (char === '"') {
          this.cell += char
          continue
        }
        this.quoted = false
      }
      if (this.quoted) {
        if (char === '"') this.maybe = true
        else this.cell += char
      } else if (char === '"') this.quoted = true
      else if (char === ',') this.next()
      else if (char === '\n') rows.push(this.row())
      else if (char !== '\r') this.cell += char
    }
    return rows
  }

  end(): string[][] {
    return this.cell === '' && this.cells.length === 0 ? [] : [this.row()]
  }

  private next(): void {
    this.cells.push(this.cell)
    this.cell = ''
  }

  private row(): string[] {
    this.next()
    const row = this.cells
    this.cells = []
    return row
  }
}

export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
}
