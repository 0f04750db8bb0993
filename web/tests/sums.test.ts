import { describe, expect, it } from 'vitest'
import { spanOf, stepOf } from '../src/lib/ranges'
import { aligned, byPlace, grouped, separate, truthByLine } from '../src/lib/sums'
import type { CountRow, Series } from '../src/lib/types'

const row = (change: Partial<CountRow>): CountRow => ({ feed: 'f', place_kind: 'line', place: 'l', direction: 'forward', class: '', count: 0, coverage: 1, ...change })
const series = (change: Partial<Series>): Series => ({ feed: 'f', place_kind: 'line', place: 'l', metric: 'count', unit: 'objects', class: '', direction: 'forward', points: [], ...change })
const at = (n: number): string => new Date(n * 60_000).toISOString()

describe('counts by place', () => {
  it('takes totals where they are given, and never counts twice', () => {
    const [place] = byPlace([row({ count: 5 }), row({ class: 'car', count: 3 }), row({ class: 'bus', count: 2 }), row({ direction: 'backward', count: 1 })])
    expect(place).toMatchObject({ total: 6, byClass: { car: 3, bus: 2 }, byDirection: { forward: 5, backward: 1 } })
  })
  it('adds classes where there is no total', () => {
    expect(byPlace([row({ class: 'car', count: 3 }), row({ class: 'bus', count: 2 })])[0]?.total).toBe(5)
  })
  it('has the least coverage of its rows', () => {
    expect(byPlace([row({ coverage: 0.9 }), row({ coverage: 0.4 })])[0]?.coverage).toBe(0.4)
  })
})

describe('series', () => {
  it('adds directions of a place, and a gap stays a gap', () => {
    const [drawn] = grouped([
      series({ points: [[at(0), 2, 1], [at(1), null, 0]] }),
      series({ direction: 'backward', points: [[at(0), 3, 0.5], [at(1), null, 0]] }),
    ], 'place')
    expect(drawn).toMatchObject({ values: [5, null], coverage: [0.75, 0], total: 5 })
  })
  it('splits by class without the totals', () => {
    const names = grouped([series({}), series({ class: 'car' }), series({ class: 'bus' })], 'class').map((one) => one.name)
    expect(names).toEqual(['bus', 'car'])
  })
  it('keeps means apart: they cannot be added', () => {
    const drawn = separate([series({ unit: 'm/s', points: [[at(0), 10, 1], [at(1), null, 0], [at(2), 20, 1]] })])
    expect(drawn[0]?.total).toBe(15)
  })
  it('shares one time axis; what a series lacks was not watched', () => {
    const [one] = grouped([series({ points: [[at(0), 1, 1]] })], 'place')
    const [other] = grouped([series({ points: [[at(1), 2, 1]] })], 'place')
    const table = aligned([one!, other!])
    expect(table.values).toEqual([[1, null], [null, 2]])
    expect(table.coverage).toEqual([0.5, 0.5])
  })
})

describe('truth', () => {
  it('is added over directions and classes of a line', () => {
    const lines = truthByLine([
      { feed: 'f', line: 'l', direction: 'forward', class: 'car', true: 3, counted: 2 },
      { feed: 'f', line: 'l', direction: 'backward', class: 'car', true: 4, counted: 4 },
    ])
    expect(lines.get('f/l')).toEqual({ true: 7, counted: 6 })
  })
})

describe('ranges', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  it('takes presets and custom ends', () => {
    expect(spanOf('6h', '', '', now).since).toBe('2026-11-24T06:00:00.000Z')
    expect(spanOf('custom', '2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', now)).toEqual({ since: '2026-11-01T00:00:00.000Z', until: '2026-11-02T00:00:00.000Z' })
  })
  it('turns a span the wrong way round into the last hour', () => {
    expect(spanOf('custom', '2026-11-03T00:00:00Z', '2026-11-02T00:00:00Z', now).since).toBe('2026-11-24T11:00:00.000Z')
  })
  it('never asks for more steps than can be drawn', () => {
    for (const range of ['1h', '6h', '24h', '7d']) {
      const span = spanOf(range, '', '', now)
      expect((Date.parse(span.until) - Date.parse(span.since)) / 1000 / stepOf(span)).toBeLessThanOrEqual(100)
    }
  })
})
