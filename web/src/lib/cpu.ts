/* Where a worker's CPU goes, and whether it gets as much as its feeds ask for. Everything here is pure. */
import type { Attention, FeedStatus, WorkerStatus } from './types'

/** What no stage explains: reading packets, talking to the server, and threads outside all stages. */
export const REST = 'rest'

/** Stages that belong together share a part and a colour; parts are in the order in which a picture passes. */
const PARTS: readonly (readonly [part: string, stages: readonly string[]])[] = [
  ['decode', ['decode']],
  ['peek', ['peek']],
  ['motion', ['motion', 'prime']],
  ['detect', ['detect']],
  ['track', ['track']],
  ['analyze', ['analyze']],
  ['redact', ['redact', 'draw']],
  ['clip', ['clip', 'encode']],
]
const KNOWN = new Set(PARTS.flatMap(([, stages]) => stages))

/** cores: CPU seconds a second. share: of all that is used, 0..1. msPerFeed: CPU milliseconds for a
 * second of one live feed, null where none is live. */
export interface Part {
  part: string
  cores: number
  share: number
  msPerFeed: number | null
}

/** Of one worker, or of all (worker null). live: its feeds that are live. */
export interface Use {
  worker: number | null
  cores: number
  live: number
  parts: Part[]
}

/** Parts that take anything, in their order, then stages that are not known here, then the rest. */
export function useOf(worker: number | null, stages: Readonly<Record<string, number>>, cpu: number, live: number): Use {
  const found: [string, number][] = PARTS.map(([part, names]) => [part, names.reduce((sum, name) => sum + (stages[name] ?? 0), 0)])
  for (const [stage, cores] of Object.entries(stages)) if (!KNOWN.has(stage)) found.push([stage, cores])
  const explained = found.reduce((sum, [, cores]) => sum + cores, 0)
  // The clocks of stages and of the process are read one after the other: a little more may be explained than used.
  const cores = Math.max(cpu, explained)
  found.push([REST, cores - explained])
  const parts = found
    .filter(([, used]) => used > 0.0005)
    .map(([part, used]) => ({ part, cores: used, share: used / cores, msPerFeed: live ? (1000 * used) / live : null }))
  return { worker, cores, live, parts }
}

/** All workers together first, then each. */
export function uses(workers: readonly WorkerStatus[], live: ReadonlyMap<number, number>): { all: Use; each: Use[] } {
  const sums: Record<string, number> = {}
  for (const { stages } of workers) {
    for (const [stage, cores] of Object.entries(stages)) sums[stage] = (sums[stage] ?? 0) + cores
  }
  const cpu = workers.reduce((sum, worker) => sum + worker.cpu, 0)
  const feeds = [...live.values()].reduce((sum, n) => sum + n, 0)
  const each = workers.map((worker) => useOf(worker.worker, worker.stages, worker.cpu, live.get(worker.worker) ?? 0))
  return { all: useOf(null, sums, cpu, feeds), each }
}

/** Live feeds of each worker. */
export function liveByWorker(statuses: Iterable<FeedStatus>): Map<number, number> {
  const found = new Map<number, number>()
  for (const { state, worker } of statuses) if (state === 'live') found.set(worker, (found.get(worker) ?? 0) + 1)
  return found
}

/** Those that look at less than is wanted; their state says how much less. */
export function shedding(workers: readonly WorkerStatus[]): WorkerStatus[] {
  return workers.filter(({ state, problem, load }) => load > 0 && !problem && state !== 'running')
}

/** How closely a feed is looked at now: what was true while it was live is not true any more. */
export function attentionOf(status: Pick<FeedStatus, 'state' | 'attention'>): Attention {
  return status.state === 'live' ? status.attention : 'none'
}
