import { describe, expect, it } from 'vitest'
import { armTotals, compared, countOf, daysOf, dayOf, ofKind, place, ribbonsOf, stepped, usualOf, usualSteps, volumeOf, whole } from '../src/lib/traffic'
import type { TurningCounts } from '../src/lib/types'

const row = (movement: string, all: number | null, car = 0, complete = true) => ({
  movement,
  counts: all === null ? ({} as Record<string, number>) : { all, car },
  vehicles: all ?? 0,
  coverage: complete ? 1 : 0.5,
  complete,
})

const counts: TurningCounts = {
  junction: 'square',
  title: 'Square',
  since: '',
  until: '',
  interval_s: 900,
  classes: ['car'],
  approaches: [
    { id: 'n', title: 'North', bearing_deg: 0 },
    { id: 'e', title: 'East', bearing_deg: 90 },
    { id: 's', title: 'South', bearing_deg: 180 },
  ],
  movements: [
    { id: 'left', from: 'n', to: 'e', feed: 'f', movement: 'left' },
    { id: 'ahead', from: 'n', to: 's', feed: 'f', movement: 'ahead' },
    { id: 'lost', from: 'x', to: 's', feed: 'f', movement: 'lost' },
  ],
  totals: [row('left', 10, 4), row('ahead', 30, 30, false), row('lost', 5)],
  intervals: [
    { start: '2026-05-04T07:00:00Z', end: '2026-05-04T07:15:00Z', vehicles: 12, coverage: 1, complete: true, rows: [row('left', 2), row('ahead', 10)] },
    { start: '2026-05-04T07:15:00Z', end: '2026-05-04T07:30:00Z', vehicles: 9, coverage: 0.5, complete: false, rows: [row('left', 9), row('ahead', null, 0, false)] },
    { start: '2026-05-04T07:30:00Z', end: '2026-05-04T07:45:00Z', vehicles: 0, coverage: 0, complete: false, rows: [row('left', null)] },
  ],
  complete_intervals: 1,
  hours_left_out: 1,
  peak_hour: null,
}

describe('days', () => {
  const now = new Date('2026-05-06T10:00')
  it('are whole and local, and end now at the latest', () => {
    const today = daysOf('', 'day', now)
    expect([today.day, today.isNow]).toEqual(['2026-05-06', true])
    expect(today.until).toEqual(now)
    const before = daysOf('2026-05-05', 'day', now)
    expect(before.until.getTime() - before.since.getTime()).toBe(86_400_000)
    expect(before.isNow).toBe(false)
  })
  it('make weeks from Monday on', () => {
    expect(daysOf('2026-05-03', 'week', now).day).toBe('2026-04-27')
    expect(daysOf('2026-05-04', 'week', now).day).toBe('2026-05-04')
    expect(stepped('2026-05-04', 'week', -1, now)).toBe('2026-04-27')
    expect(stepped('2026-05-01', 'day', -1, now)).toBe('2026-04-30')
  })
  it('take nonsense for today', () => {
    expect(dayOf('2026-99-99', now)).toBe('2026-05-06')
    expect(dayOf('yesterday', now)).toBe('2026-05-06')
  })
})

describe('ribbons', () => {
  it('are as wide as their counts, and leave out arms that are not there', () => {
    const ribbons = ribbonsOf(counts, '')
    expect(ribbons.map((one) => one.id)).toEqual(['left', 'ahead'])
    const [left, ahead] = ribbons as [(typeof ribbons)[0], (typeof ribbons)[0]]
    expect(ahead.width / left.width).toBeCloseTo(3)
    expect([left.complete, ahead.complete]).toEqual([true, false])
    expect(armTotals(ribbons, 'n')).toEqual({ in: 40, out: 0 })
    expect(armTotals(ribbons, 'e')).toEqual({ in: 0, out: 10 })
  })
  it('begin on the right of who drives in: left turns nearest to the middle of the road', () => {
    const [left, ahead] = ribbonsOf(counts, '')
    // From the north one looks south, so the right-hand side is the west: negative x.
    expect(left!.x).toBeLessThan(0)
    expect(ahead!.x).toBeLessThan(left!.x)
  })
  it('follow a class', () => {
    expect(ribbonsOf(counts, 'car').map((one) => one.count)).toEqual([4, 30])
    expect(countOf(row('a', null), '')).toBeNull()
    expect(countOf(row('a', 3), 'bus')).toBe(0)
  })
  it('turn bearings into places: up is north, right is east', () => {
    expect(place(0, 10, 0).map(Math.round)).toEqual([0, -10])
    expect(place(90, 10, 0).map(Math.round)).toEqual([10, -0])
  })
})

describe('kinds', () => {
  it.each([
    ['traffic.queue', '', true],
    ['traffic.queue', 'traffic.', true],
    ['traffic.queue', 'health.,traffic.queue', true],
    ['traffic.queue', 'traffic.que', false],
  ])('%s is asked for by "%s": %s', (kind, asked, yes) => {
    expect(ofKind(kind, asked)).toBe(yes)
  })
})

describe('beside the usual', () => {
  const usual = usualSteps({ feed: '', place_kind: '', place: '', metric: 'count', unit: '', class: '', direction: '', points: [['2026-05-04T07:00:00Z', 11, 9, 14, 4], ['2026-05-04T07:15:00Z', null, null, null, 0]] })
  it('stands the newest interval that was wholly watched', () => {
    expect(compared(volumeOf(counts), usual)).toMatchObject({ value: 12, usual: { median: 11, days: 4 } })
  })
  it('stands nothing where no day is known', () => {
    expect(compared(volumeOf(counts), [])).toBeNull()
    expect(compared(undefined, usual)).toBeNull()
  })
  it('keeps what was not measured a gap', () => {
    expect(volumeOf(counts).points.map((point) => point[1])).toEqual([12, 9, null])
    expect(volumeOf(counts).points[1]![2]).toBeLessThan(0.9)
  })
})

describe('what is usual', () => {
  const series = (place: string, direction: string, place_kind = 'line') => ({ feed: 'f', place_kind, place, metric: 'count', unit: '', class: '', direction, points: [] as [string, number | null, number][] })
  const all = [
    { ...series('a', 'backward'), points: [['2026-05-04T07:00:00Z', 1, null, null, 2]] as [string, number, null, null, number][] },
    { ...series('a', 'forward'), points: [['2026-05-04T07:00:00Z', 9, 8, 10, 4]] as [string, number, number, number, number][] },
  ]
  it('is that of the place and direction that are drawn first', () => {
    expect(usualOf(all, series('a', 'forward')).map((one) => one.median)).toEqual([9])
    expect(usualOf(all, series('b', 'forward'))).toEqual([])
    expect(usualOf(all, undefined)).toEqual([])
  })
  it('leaves lanes out unless one is asked for', () => {
    const both = [series('a', 'forward'), series('a:1', 'forward', 'lane')]
    expect(whole(both, '').map((one) => one.place)).toEqual(['a'])
    expect(whole(both, 'a:1')).toHaveLength(2)
  })
})
