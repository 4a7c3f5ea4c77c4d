/*
 * The values at which a chart draws its lines: round ones (1, 2 or 5 of a power of ten apart), each said with as many decimals as
 * tell it from the next. Enters: the range that is seen. Leaves: at most `most` values within it, and their decimals.
 */

export interface Ticks { values: number[], digits: number }

export function ticks(low: number, high: number, most = 6): Ticks {
  const span = high - low
  if (!(span > 0) || !Number.isFinite(span)) return { values: [low], digits: 0 }
  const rough = span / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((n) => n * power).find((each) => Math.floor(high / each) - Math.ceil(low / each) < most) ?? 20 * power
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step) - first + 1
  return { values: Array.from({ length: count }, (_, n) => Number(((first + n) * step).toFixed(digits))), digits }
}
