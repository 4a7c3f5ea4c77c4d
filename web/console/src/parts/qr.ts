/*
 * A QR code (ISO/IEC 18004) drawn here, so that a secret never leaves the page: bytes, level L, versions 1 to 10.
 * Enters: a text of up to 271 bytes. Leaves: rows of modules, true is dark. Deliberately absent: other modes and levels.
 */

/** By version: data codewords, check codewords of a block, blocks. */
const SIZES = [[19, 7, 1], [34, 10, 1], [55, 15, 1], [80, 20, 1], [108, 26, 1], [136, 18, 2], [156, 20, 2], [194, 24, 2], [232, 30, 2], [274, 18, 4]] as const
const ALIGNED = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]] as const
type Grid = boolean[][]

const EXP = new Uint8Array(510)
const LOG = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = EXP[power + 255] = value
  LOG[value] = power
  value = value << 1 ^ (value > 127 ? 0x11d : 0)
}
const at = (list: ArrayLike<number>, index: number): number => list[index] ?? 0
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : at(EXP, at(LOG, a) + at(LOG, b)))

/** Reed-Solomon over GF(256): the remainder of the data by the generator. */
export function checkwords(data: readonly number[], count: number): number[] {
  let generator = [1]
  for (let root = 0; root < count; root++) {
    const longer = [...generator, 0]
    generator.forEach((factor, index) => { longer[index + 1] = at(longer, index + 1) ^ times(factor, at(EXP, root)) })
    generator = longer
  }
  const rest = [...data, ...Array<number>(count).fill(0)]
  data.forEach((_, index) => {
    const lead = at(rest, index)
    generator.forEach((factor, offset) => { rest[index + offset] = at(rest, index + offset) ^ times(factor, lead) })
  })
  return rest.slice(data.length)
}

function dataWords(bytes: Uint8Array, version: number, room: number): number[] {
  const bits: number[] = []
  const put = (value: number, width: number): void => { for (let bit = width - 1; bit >= 0; bit--) bits.push(value >> bit & 1) }
  put(4, 4)
  put(bytes.length, version < 10 ? 8 : 16)
  bytes.forEach((byte) => { put(byte, 8) })
  put(0, Math.min(4, room * 8 - bits.length))
  put(0, (8 - bits.length % 8) % 8)
  const words = Array.from({ length: bits.length / 8 }, (_, index) => bits.slice(index * 8, index * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0))
  for (let pad = 0xec; words.length < room; pad ^= 0xfd) words.push(pad)
  return words
}

/** Blocks with their check words, taken in turns. */
function interleaved(words: readonly number[], checks: number, count: number): number[] {
  const short = Math.floor(words.length / count)
  const longer = words.length % count
  const blocks: number[][] = []
  for (let block = 0, from = 0; block < count; block++) {
    const size = short + (block >= count - longer ? 1 : 0)
    blocks.push(words.slice(from, from + size))
    from += size
  }
  const tails = blocks.map((block) => checkwords(block, checks))
  const turns = (lists: number[][], length: number): number[] =>
    Array.from({ length }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat()
  return [...turns(blocks, short + 1), ...turns(tails, checks)]
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0, (_, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0, (x, y) => x * y % 2 + x * y % 3 === 0,
  (x, y) => (x * y % 2 + x * y % 3) % 2 === 0, (x, y) => ((x + y) % 2 + x * y % 3) % 2 === 0,
]

function coded(value: number, generator: number, shift: number): number {
  let rest = value << shift
  for (let bit = 31 - Math.clz32(rest); bit >= shift; bit--) if (rest >> bit & 1) rest ^= generator << bit - shift
  return value << shift | rest
}

class Symbol {
  readonly size: number
  readonly dark: Grid
  readonly fixed: Grid

  constructor(readonly version: number) {
    this.size = 17 + 4 * version
    this.dark = Array.from({ length: this.size }, () => Array<boolean>(this.size).fill(false))
    this.fixed = this.dark.map((row) => [...row])
    this.patterns()
  }

  put(x: number, y: number, dark: boolean): void {
    const row = this.dark[y]
    const fixed = this.fixed[y]
    if (row === undefined || fixed === undefined || x < 0 || x >= this.size) return
    row[x] = dark
    fixed[x] = true
  }

  private square(x: number, y: number, reach: number, dark: (distance: number) => boolean): void {
    for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) this.put(x + dx, y + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))))
  }

  private patterns(): void {
    const end = this.size - 7
    for (let index = 0; index < this.size; index++) {
      this.put(6, index, index % 2 === 0)
      this.put(index, 6, index % 2 === 0)
    }
    for (const [x, y] of [[3, 3], [end + 3, 3], [3, end + 3]] as const) this.square(x, y, 4, (distance) => distance !== 2 && distance !== 4)
    this.alignment(end)
    if (this.version >= 7) this.versionBits()
    this.format(0)
  }

  private alignment(end: number): void {
    const centres: readonly number[] = ALIGNED[this.version - 1] ?? []
    const corners = new Set(['6 6', `6 ${end}`, `${end} 6`])
    const places = centres.flatMap((x) => centres.map((y) => [x, y] as const))
    for (const [x, y] of places) if (!corners.has(`${x} ${y}`)) this.square(x, y, 2, (distance) => distance !== 1)
  }

  private versionBits(): void {
    const bits = coded(this.version, 0x1f25, 12)
    for (let bit = 0; bit < 18; bit++) {
      const far = this.size - 11 + bit % 3
      this.put(far, Math.floor(bit / 3), (bits >> bit & 1) === 1)
      this.put(Math.floor(bit / 3), far, (bits >> bit & 1) === 1)
    }
  }

  format(mask: number): void {
    const bits = coded(1 << 3 | mask, 0x537, 10) ^ 0x5412
    const bit = (index: number): boolean => (bits >> index & 1) === 1
    const near = [0, 1, 2, 3, 4, 5, 7, 8]
    near.forEach((place, index) => { this.put(8, place, bit(index)) })
    near.slice(0, 7).reverse().forEach((place, index) => { this.put(place, 8, bit(index + 8)) })
    for (let index = 0; index < 8; index++) this.put(this.size - 1 - index, 8, bit(index))
    for (let index = 8; index < 15; index++) this.put(8, this.size - 15 + index, bit(index))
    this.put(8, this.size - 8, true)
  }

  fill(words: readonly number[], mask: (x: number, y: number) => boolean): void {
    let place = 0
    for (let right = this.size - 1; right > 0; right -= 2) {
      if (right === 6) right = 5
      for (let step = 0; step < this.size; step++) {
        const y = (right + 1 & 2) === 0 ? this.size - 1 - step : step
        for (const x of [right, right - 1]) {
          const row = this.dark[y]
          if (row === undefined || this.fixed[y]?.[x] === true) continue
          const bit = at(words, place >> 3) >> 7 - (place & 7) & 1
          row[x] = (bit === 1) !== mask(x, y)
          place++
        }
      }
    }
  }
}

function squares(dark: Grid): number {
  const even = (above: readonly boolean[], row: readonly boolean[], x: number): boolean =>
    row[x] === row[x - 1] && row[x] === above[x] && row[x] === above[x - 1]
  return dark.slice(1).reduce((sum, row, y) => sum + row.filter((_, x) => x > 0 && even(dark[y] ?? [], row, x)).length, 0)
}

/** Less is easier to read: long runs, even squares and an uneven share of dark cost. */
function penalty(dark: Grid): number {
  const size = dark.length
  const lines = [...dark, ...dark.map((_, x) => dark.map((row) => row[x] ?? false))].map((line) => line.map(Number).join(''))
  let cost = 0
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2
    cost += 40 * [...line.matchAll(/(?=00001011101|10111010000)/g)].length
  }
  cost += 3 * squares(dark)
  const share = dark.flat().filter(Boolean).length / (size * size)
  return cost + 10 * Math.floor(Math.abs(share * 20 - 10))
}

export function draw(text: string, mask?: number): Grid {
  const bytes = new TextEncoder().encode(text)
  const version = SIZES.findIndex(([room], index) => bytes.length + (index < 9 ? 2 : 3) <= room) + 1
  const size = SIZES[version - 1]
  if (size === undefined) throw new RangeError('too long for a QR code of version 10')
  const words = interleaved(dataWords(bytes, version, size[0]), size[1], size[2])
  const masked = MASKS.map((each, index) => {
    const symbol = new Symbol(version)
    symbol.fill(words, each)
    symbol.format(index)
    return symbol.dark
  })
  const best = mask ?? masked.map(penalty).reduce((least, cost, index, costs) => (cost < (costs[least] ?? 0) ? index : least), 0)
  return masked[best] ?? []
}
