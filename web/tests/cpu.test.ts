import { describe, expect, it } from 'vitest'
import { attentionOf, liveByWorker, REST, shedding, useOf, uses } from '../src/lib/cpu'
import { t } from '../src/lib/texts'
import type { FeedStatus, WorkerStatus } from '../src/lib/types'

const worker = (change: Partial<WorkerStatus>): WorkerStatus => ({
  worker: 0, pid: 1, state: 'running', problem: '', load: 0.5, feeds: 1, restarts: 0, cpu: 0, rss_mb: 0, stages: {}, redaction_failures: 0, ...change,
})
const feed = (state: FeedStatus['state'], worker: number): FeedStatus => ({ state, worker }) as FeedStatus

describe('where the CPU of a worker goes', () => {
  it('has what no stage explains as the rest, and shares that add up to one', () => {
    const { parts } = useOf(0, { decode: 0.1, detect: 0.2 }, 0.5, 4)
    expect(parts.map(({ part }) => part)).toEqual(['decode', 'detect', REST])
    expect(parts[2]?.cores).toBeCloseTo(0.2)
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  })
  it('gives milliseconds for a second of one live feed, and none without a live feed', () => {
    expect(useOf(0, { decode: 0.1 }, 0.1, 4).parts[0]?.msPerFeed).toBeCloseTo(25)
    expect(useOf(0, { decode: 0.1 }, 0.1, 0).parts[0]?.msPerFeed).toBeNull()
  })
  it('joins stages that belong together, in the order of the work, and keeps those it does not know', () => {
    const { parts } = useOf(0, { clip: 0.1, encode: 0.1, dream: 0.1, prime: 0.1, motion: 0.1, decode: 0 }, 0.5, 1)
    expect(parts.map(({ part, cores }) => [part, Math.round(cores * 100)])).toEqual([['motion', 20], ['clip', 20], ['dream', 10]])
  })
  it('uses what stages explain where the process clock says less', () => {
    const use = useOf(0, { decode: 0.3 }, 0.25, 1)
    expect(use.cores).toBeCloseTo(0.3)
    expect(use.parts).toHaveLength(1)
  })
  it('says nothing of a worker that has not done anything', () => {
    expect(useOf(0, {}, 0, 0)).toMatchObject({ cores: 0, parts: [] })
  })
})

describe('all workers', () => {
  it('add up, each keeps its own feeds', () => {
    const live = liveByWorker([feed('live', 0), feed('live', 1), feed('live', 1), feed('retrying', 1)])
    const { all, each } = uses([worker({ cpu: 0.4, stages: { decode: 0.3 } }), worker({ worker: 1, cpu: 0.6, stages: { decode: 0.6 } })], live)
    expect(all).toMatchObject({ worker: null, cores: 1, live: 3 })
    expect(all.parts.map(({ msPerFeed }) => Math.round(msPerFeed ?? 0))).toEqual([300, 33])
    expect(each.map(({ worker, live }) => [worker, live])).toEqual([[0, 1], [1, 2]])
  })
  it('shed load where they run but not as wanted, not where they are starting or broken', () => {
    const slow = worker({ worker: 1, load: 1.4, state: 'the worker is too slow' })
    const broken = worker({ worker: 2, load: 0.4, state: 'running', problem: 'no model' })
    const starting = worker({ worker: 3, load: 0, state: 'starting', problem: 'it has not reported yet' })
    expect(shedding([worker({}), slow, broken, starting])).toEqual([slow])
  })
})

describe('words', () => {
  it('say what a load means', () => {
    expect(t.cpu.load(1.4)).toBe('Asks for 1.4 times what it gets')
    expect(t.cpu.load(1.04)).toBe('Asks for 1.04 times what it gets')
    expect(t.cpu.load(0.71)).toBe('Asks for 71 % of what it could get')
    expect(t.cpu.load(0)).toBe('Asks for nothing yet')
  })
  it('have a feed attended to only while it is live', () => {
    expect(attentionOf({ state: 'live', attention: 'asleep' })).toBe('asleep')
    expect(attentionOf({ state: 'retrying', attention: 'watched' })).toBe('none')
  })
})
