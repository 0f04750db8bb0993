/* Traffic of the made-up world: one junction, its turning counts, what is usual there. */
const ARMS = ['north', 'east', 'south', 'west']
const TURNS = { left: 1, through: 2, right: 3 }
const iso = (time) => new Date(time).toISOString()

export const JUNCTION = {
  id: 'station-square',
  title: 'Station Square',
  approaches: ARMS.map((id, i) => ({ id, title: `${id[0].toUpperCase()}${id.slice(1)} Road`, bearing_deg: i * 90 + 8, in: [{ feed: i % 2 ? 'car-park' : 'junction', line: 'eastbound', direction: 'forward' }] })),
  movements: ARMS.flatMap((from, i) => Object.entries(TURNS).map(([turn, step]) => ({ id: `${from}-${turn}`, from, to: ARMS[(i + step) % 4], feed: 'junction', movement: 'through' }))),
}

/** Of the junction, or of a feed: only the one called junction has movements. */
export function turningCounts(of, query) {
  const [since, until] = [Date.parse(query.since), Date.parse(query.until)]
  const step = Number(query.interval ?? 15) * 60_000
  const movements = of === JUNCTION.id || of === 'junction' ? JUNCTION.movements : []
  const row = (id, share, watched) => {
    const all = Math.round((TURNS[id.split('-')[1]] === 2 ? 48 : 17) * share)
    const car = Math.round(all * 0.8)
    return { movement: id, counts: watched ? { all, car, bicycle: all - car } : {}, vehicles: watched ? all : 0, coverage: watched ? 1 : 0, complete: watched }
  }
  const intervals = []
  for (let time = Math.floor(since / step) * step; time < until; time += step) {
    const watched = (time / step) % 13 !== 5
    const rows = movements.map((one, i) => row(one.id, 0.6 + 0.4 * Math.sin(time / step + i), watched))
    intervals.push({ start: iso(time), end: iso(time + step), vehicles: rows.reduce((sum, one) => sum + one.vehicles, 0), coverage: watched ? 1 : 0, complete: watched && rows.length > 0, rows })
  }
  const whole = intervals.filter((one) => one.complete)
  const totals = movements.map((one, i) => ({ ...row(one.id, whole.length * 0.6, true), complete: i % 4 > 0 }))
  return {
    junction: of, title: of === JUNCTION.id ? JUNCTION.title : of, since: query.since, until: query.until, interval_s: step / 1000, classes: ['bicycle', 'car'],
    approaches: movements.length ? JUNCTION.approaches.map(({ id, title, bearing_deg }) => ({ id, title, bearing_deg })) : [], movements, totals, intervals,
    complete_intervals: whole.length, hours_left_out: 4, peak_hour: whole.length ? { start: whole[0].start, end: new Date(Date.parse(whole[0].start) + 3_600_000).toISOString(), vehicles: 1204, factor: 0.91 } : null,
  }
}

export function usual(query) {
  const [since, until, step] = [Date.parse(query.since), Date.parse(query.until), Number(query.step_s) * 1000]
  const points = []
  for (let time = Math.floor(since / step) * step; time < until; time += step) {
    const median = 170 + 60 * Math.sin(time / step)
    points.push([iso(time), median, median * 0.9, median * 1.12, 4])
  }
  return { since: query.since, until: query.until, step_s: step / 1000, weeks: 4, series: [{ feed: '', place_kind: 'junction', place: '', metric: query.metric ?? 'count', unit: 'objects', class: '', direction: '', points }] }
}
