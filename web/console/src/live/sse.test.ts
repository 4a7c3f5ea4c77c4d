import { describe, expect, it } from 'vitest'
import { EventParser } from './sse'

const WIRE = ': hello\nretry: 2000\n\nid: 41\nevent: incident\ndata: {"id":"a",\ndata: "version":1}\n\n: pulse\n\nid:42\nevent:incident\ndata:{}\n\ndata: x\n\n'
const EXPECTED = [
  { id: '41', event: 'incident', data: '{"id":"a",\n"version":1}' },
  { id: '42', event: 'incident', data: '{}' },
  { id: '42', event: 'message', data: 'x' },
]

describe('server-sent events', () => {
  it('are read whole', () => {
    const comments: string[] = []
    const parser = new EventParser((text) => comments.push(text))
    expect(parser.push(WIRE)).toEqual(EXPECTED)
    expect(comments).toEqual(['hello', 'pulse'])
  })
  it('are read the same character by character, with any line ending', () => {
    for (const wire of [WIRE, WIRE.replaceAll('\n', '\r\n')]) {
      const parser = new EventParser()
      expect(Array.from({ length: wire.length }, (_, n) => wire.charAt(n)).flatMap((character) => parser.push(character))).toEqual(EXPECTED)
    }
  })
  it('are not given out before they are complete', () => {
    const parser = new EventParser()
    expect(parser.push('id: 7\ndata: half\n')).toEqual([])
    expect(parser.push('\n')).toEqual([{ id: '7', event: 'message', data: 'half' }])
  })
})
