/* The Traffic page without its pixels: which day, which movements, how wide a ribbon. Pure. */
import type { Series, TurningCounts, TurningRow, UsualSeries } from './types'

export type SpanName = 'day' | 'week'

export interface Days {
  /** First local day, as in an address: 2026-05-04. */
  day: string
  since: Date
  until: Date
  isNow: boolean
}

/** Of a local date; the date of today for text that is none. */
export function dayOf(text: string, now: Date): string {
  const found = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00`) : now
  return written(Number.isNaN(found.getTime()) ? now : found)
}

function written(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The local day, or its week from Monday on. until: not in the future, but never empty. */
export function daysOf(day: string, span: SpanName, now: Date): Days {
  const since = new Date(`${dayOf(day, now)}T00:00`)
  if (span === 'week') since.setDate(since.getDate() - ((since.getDay() + 6) % 7))
  const end = new Date(since)
  end.setDate(end.getDate() + (span === 'week' ? 7 : 1))
  const isNow = since <= now && now < end
  return { day: written(since), since, until: isNow ? now : end, isNow }
}

/** A day or a week on; local days may have 23 or 25 hours. */
export function stepped(day: string, span: SpanName, by: 1 | -1, now: Date): string {
  const date = new Date(`${dayOf(day, now)}T00:00`)
  date.setDate(date.getDate() + by * (span === 'week' ? 7 : 1))
  return written(date)
}

export interface Arm {
  id: string
  title: string
  bearing: number
}

/** Where each arm lies; those without a bearing are spread evenly, clockwise from the top. */
export function armsOf(counts: TurningCounts): Arm[] {
  const all = counts.approaches
  return all.map((one, i) => ({ id: one.id, title: one.title, bearing: one.bearing_deg ?? (360 / all.length) * i }))
}

export interface Ribbon {
  id: string
  from: string
  to: string
  count: number
  width: number
  path: string
  /** Where its number stands. */
  x: number
  y: number
  /** Which arm it comes from, for its colour. */
  arm: number
  complete: boolean
}

/** Under what counts as watched here and in charts. */
const PARTLY = 0.89

const RIM = 150
const HUB = 62
const WIDEST = 26
const HALF = 62
const GAP = 2.5

interface Side {
  id: string
  turn: number
  width: number
}

/** The count of a class, '' being all; null where the movement was not counted at all. */
export function countOf(row: TurningRow, name: string): number | null {
  if (!('all' in row.counts)) return null
  return row.counts[name || 'all'] ?? 0
}

/** Ribbons in a square from -230 to 230, for traffic on the right-hand side of the road. Widths
 * are in proportion to counts; a movement that nobody made is a thin line. */
export function ribbonsOf(counts: TurningCounts, name: string): Ribbon[] {
  const arms = armsOf(counts)
  const rows = new Map(counts.totals.map((row) => [row.movement, row]))
  const bearing = new Map(arms.map((arm) => [arm.id, arm.bearing]))
  const known = counts.movements.filter((one) => bearing.has(one.from) && bearing.has(one.to))
  const number = new Map(known.map((one) => [one.id, countOf(rows.get(one.id) ?? NOTHING, name) ?? 0]))
  const scale = scaleOf(known, number, arms)
  const width = (id: string): number => Math.max(1.5, (number.get(id) ?? 0) * scale)
  // From the axis of an arm outwards: back, left, ahead, right, so that ribbons do not cross there.
  const turn = (from: string, to: string): number => (((bearing.get(to) ?? 0) - (bearing.get(from) ?? 0) + 360) % 360) || 0
  const slots = new Map<string, { offset: number; index: number }>()
  for (const arm of arms) {
    for (const way of ['in', 'out'] as const) {
      const side: Side[] = known
        .filter((one) => (way === 'in' ? one.from : one.to) === arm.id)
        .map((one) => ({ id: one.id, turn: turn(one.from, one.to), width: width(one.id) }))
        .sort((one, other) => one.turn - other.turn)
      let at = GAP * 2
      side.forEach((one, index) => {
        slots.set(`${way} ${one.id}`, { offset: at + one.width / 2, index })
        at += one.width + GAP
      })
    }
  }
  return known.map((one) => {
    const [a, b] = [bearing.get(one.from) ?? 0, bearing.get(one.to) ?? 0]
    const begin = slots.get(`in ${one.id}`) ?? { offset: 0, index: 0 }
    const end = slots.get(`out ${one.id}`) ?? { offset: 0, index: 0 }
    const [rimIn, hubIn, turnIn] = [RIM, HUB, HUB * 0.3].map((r) => place(a, r, -begin.offset)) as [Point, Point, Point]
    const [rimOut, hubOut, turnOut] = [RIM, HUB, HUB * 0.3].map((r) => place(b, r, end.offset)) as [Point, Point, Point]
    const label = place(a, RIM - 12 - 21 * (begin.index % 3), -begin.offset)
    return {
      id: one.id,
      from: one.from,
      to: one.to,
      count: number.get(one.id) ?? 0,
      width: width(one.id),
      path: `M${text(rimIn)} L${text(hubIn)} C${text(turnIn)} ${text(turnOut)} ${text(hubOut)} L${text(rimOut)}`,
      x: round(label[0]),
      y: round(label[1]),
      arm: arms.findIndex((arm) => arm.id === one.from),
      complete: rows.get(one.id)?.complete ?? false,
    }
  })
}

const NOTHING: TurningRow = { movement: '', counts: {}, vehicles: 0, coverage: 0, complete: false }

/** No ribbon wider than WIDEST, and no side of an arm wider than HALF. */
function scaleOf(known: TurningCounts['movements'], number: Map<string, number>, arms: Arm[]): number {
  const most = Math.max(0, ...number.values())
  let scale = most > 0 ? WIDEST / most : 0
  for (const arm of arms) {
    for (const end of ['from', 'to'] as const) {
      const sum = known.filter((one) => one[end] === arm.id).reduce((all, one) => all + (number.get(one.id) ?? 0), 0)
      if (sum > 0) scale = Math.min(scale, HALF / sum)
    }
  }
  return scale
}

type Point = [number, number]

/** radius: from the middle along the bearing. right: to the right of somebody who looks outwards. */
export function place(bearing: number, radius: number, right: number): Point {
  const angle = (bearing * Math.PI) / 180
  return [Math.sin(angle) * radius + Math.cos(angle) * right, -Math.cos(angle) * radius + Math.sin(angle) * right]
}

const round = (value: number): number => Math.round(value * 10) / 10 + 0
const text = ([x, y]: Point): string => `${round(x)} ${round(y)}`

/** Vehicles that come in from an arm and go out to it. */
export function armTotals(ribbons: readonly Ribbon[], arm: string): { in: number; out: number } {
  const sum = (list: readonly Ribbon[]): number => list.reduce((all, one) => all + one.count, 0)
  return { in: sum(ribbons.filter((one) => one.from === arm)), out: sum(ribbons.filter((one) => one.to === arm)) }
}

/** How far the wider side of an arm reaches from its axis. */
export function spread(ribbons: readonly Ribbon[], arm: string): number {
  const side = (list: readonly Ribbon[]): number => list.reduce((sum, one) => sum + one.width + GAP, GAP * 2)
  return Math.max(side(ribbons.filter((one) => one.from === arm)), side(ribbons.filter((one) => one.to === arm)))
}

/** Vehicles of each interval as a series: null where nothing was measured. */
export function volumeOf(counts: TurningCounts): Series {
  const points = counts.intervals.map((one): [string, number | null, number] => {
    const known = one.rows.some((row) => 'all' in row.counts)
    const mean = one.rows.reduce((sum, row) => sum + row.coverage, 0) / Math.max(1, one.rows.length)
    // One movement of twelve that nobody watched makes the sum a lower bound, however high the mean.
    return [one.start, known ? one.vehicles : null, one.complete ? mean : Math.min(mean, PARTLY)]
  })
  return { feed: '', place_kind: 'junction', place: counts.title, metric: 'count', unit: 'objects', class: '', direction: '', points }
}

export interface UsualStep {
  time: number
  median: number | null
  low: number | null
  high: number | null
  days: number
}

export function usualSteps(series: UsualSeries | undefined): UsualStep[] {
  return (series?.points ?? []).map(([time, median, low, high, days]) => ({ time: Date.parse(time) / 1000, median, low, high, days }))
}

/** Of the series that is drawn first: its place and direction, or the junction's one. */
export function usualOf(all: readonly UsualSeries[], drawn: Series | undefined): UsualStep[] {
  return usualSteps(all.find((one) => !one.class && (one.place_kind === 'junction' ? drawn?.place_kind === 'junction' : one.place_kind === drawn?.place_kind && one.place === drawn.place && one.direction === drawn.direction)))
}

/** All classes together. Lanes of a line only where one of them is asked for: the line has them all. */
export function whole(all: readonly Series[], place: string): Series[] {
  return all.filter((one) => !one.class && (place || one.place_kind !== 'lane'))
}

export interface Compared {
  value: number
  usual: UsualStep & { median: number }
}

/** The newest whole step that was watched, beside what is usual then; null where one is missing. */
export function compared(series: Series | undefined, usual: readonly UsualStep[]): Compared | null {
  for (const [time, value, coverage] of [...(series?.points ?? [])].reverse()) {
    if (value === null || coverage < 0.9) continue
    const step = usual.find((one) => one.time === Date.parse(time) / 1000)
    return step && step.median !== null ? { value, usual: { ...step, median: step.median } } : null
  }
  return null
}

/** Whether a kind is asked for: whole, as a prefix with its dot, several with commas; '' is all. */
export function ofKind(kind: string, asked: string): boolean {
  return !asked || asked.split(',').some((one) => (one.endsWith('.') ? kind.startsWith(one) : kind === one))
}

/** Kinds that the list of incidents shows: all of traffic but what is only counted. */
export const INCIDENTS = [
  'traffic.collision',
  'traffic.wrong_way',
  'traffic.person_on_carriageway',
  'traffic.near_miss',
  'traffic.stopped_object',
  'traffic.object_on_carriageway',
  'traffic.braking_wave',
  'traffic.queue',
  'traffic.congestion',
]
