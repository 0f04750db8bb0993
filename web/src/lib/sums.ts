/* Adding up what was counted. A step that nobody watched is a gap and never a zero. */
import type { CountRow, Series, TruthRow } from './types'

export interface PlaceCount {
  key: string
  feed: string
  kind: string
  place: string
  total: number
  byClass: Record<string, number>
  byDirection: Record<string, number>
  coverage: number
}

/** Rows with class '' are totals of all classes; where they are there, they are the total. */
export function byPlace(rows: readonly CountRow[]): PlaceCount[] {
  const places = new Map<string, CountRow[]>()
  for (const row of rows) {
    const key = `${row.feed}/${row.place_kind}/${row.place}`
    places.set(key, [...(places.get(key) ?? []), row])
  }
  return [...places].map(([key, group]) => placeCount(key, group))
}

function placeCount(key: string, rows: CountRow[]): PlaceCount {
  const first = rows[0]
  const byClass: Record<string, number> = {}
  const byDirection: Record<string, number> = {}
  for (const row of rows) if (row.class) byClass[row.class] = (byClass[row.class] ?? 0) + row.count
  for (const row of totals(rows)) byDirection[row.direction] = (byDirection[row.direction] ?? 0) + row.count
  const total = Object.values(byDirection).reduce((sum, count) => sum + count, 0)
  const coverage = Math.min(...rows.map((row) => row.coverage))
  return {
    key,
    feed: first?.feed ?? '',
    kind: first?.place_kind ?? '',
    place: first?.place ?? '',
    total,
    byClass,
    byDirection,
    coverage,
  }
}

/** Either the rows of all classes together, or else those of single classes: never both. */
export function totals<T extends { class: string }>(rows: readonly T[]): T[] {
  const all = rows.filter((row) => row.class === '')
  return all.length ? all : [...rows]
}

export type Split = 'place' | 'class' | 'direction'

export interface Drawn {
  key: string
  name: string
  unit: string
  times: number[]
  values: (number | null)[]
  coverage: number[]
  total: number
}

function nameOf(series: Series, split: Split, manyFeeds: boolean): string {
  if (split === 'class') return series.class || 'all'
  if (split === 'direction') return series.direction || 'all'
  const place = series.place || series.place_kind || series.feed
  return manyFeeds && series.place ? `${series.feed} · ${place}` : place
}

/** Series added up by what they are split by, largest first. Only counts may be added. */
export function grouped(series: readonly Series[], split: Split): Drawn[] {
  const manyFeeds = new Set(series.map((one) => one.feed)).size > 1
  const groups = new Map<string, Series[]>()
  const wanted = split === 'class' ? series.filter((one) => one.class) : withoutDoubles(series)
  for (const one of wanted) {
    const key = nameOf(one, split, manyFeeds)
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  const drawn = [...groups].map(([name, members]) => added(name, members))
  return drawn.sort((one, other) => other.total - one.total || one.name.localeCompare(other.name))
}

/** Of each place, the total of all classes where it is given. */
function withoutDoubles(series: readonly Series[]): Series[] {
  const places = new Map<string, Series[]>()
  for (const one of series) {
    const key = `${one.feed}/${one.place_kind}/${one.place}/${one.direction}`
    places.set(key, [...(places.get(key) ?? []), one])
  }
  return [...places.values()].flatMap((group) => totals(group))
}

export function added(name: string, members: readonly Series[]): Drawn {
  const steps = new Map<number, { value: number | null; coverage: number; n: number }>()
  for (const [time, value, coverage] of members.flatMap((one) => one.points)) {
    const at = Date.parse(time) / 1000
    const step = steps.get(at) ?? { value: null, coverage: 0, n: 0 }
    if (value !== null) step.value = (step.value ?? 0) + value
    step.coverage += coverage
    step.n += 1
    steps.set(at, step)
  }
  const sorted = [...steps].sort(([one], [other]) => one - other)
  const values = sorted.map(([, step]) => step.value)
  return {
    key: name,
    name,
    unit: members[0]?.unit ?? '',
    times: sorted.map(([at]) => at),
    values,
    coverage: sorted.map(([, step]) => step.coverage / step.n),
    total: values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
  }
}

/** Each series as it is, for metrics that cannot be added up (speeds, dwell). */
export function separate(series: readonly Series[]): Drawn[] {
  const manyFeeds = new Set(series.map((one) => one.feed)).size > 1
  return series.map((one) => {
    const place = [manyFeeds || !one.place ? one.feed : '', one.place, one.direction, one.class]
    const drawn = added(place.filter(Boolean).join(' · '), [one])
    const known = drawn.values.filter((value): value is number => value !== null)
    const mean = known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : 0
    return { ...drawn, total: mean }
  })
}

/** One time axis for several series. What a series lacks is a gap (null) and was not watched.
 * coverage: the mean over the series. */
export function aligned(drawn: readonly Drawn[]): { times: number[]; values: (number | null)[][]; coverage: number[] } {
  const times = [...new Set(drawn.flatMap((one) => one.times))].sort((one, other) => one - other)
  const index = new Map(times.map((time, at) => [time, at]))
  const sums = new Array<number>(times.length).fill(0)
  const values = drawn.map((one) => {
    const row = new Array<number | null>(times.length).fill(null)
    one.times.forEach((time, i) => {
      const at = index.get(time) ?? 0
      row[at] = one.values[i] ?? null
      sums[at] = (sums[at] ?? 0) + (one.coverage[i] ?? 0)
    })
    return row
  })
  return { times, values, coverage: sums.map((sum) => sum / Math.max(1, drawn.length)) }
}

/** true and counted of each line, added over directions and classes. Key: feed/line. */
export function truthByLine(rows: readonly TruthRow[]): Map<string, { true: number; counted: number }> {
  const lines = new Map<string, { true: number; counted: number }>()
  for (const row of totals(rows)) {
    const key = `${row.feed}/${row.line}`
    const kept = lines.get(key) ?? { true: 0, counted: 0 }
    lines.set(key, { true: kept.true + row.true, counted: kept.counted + row.counted })
  }
  return lines
}
