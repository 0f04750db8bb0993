/* What the server says all the time: the site, each feed's state, what happens. */
import { SvelteMap } from 'svelte/reactivity'
import { get } from './api'
import { LiveClient, type SocketLike } from './live'
import { whole } from './scenes'
import type { Feed, FeedStatus, Incident, Page, Scene, Site } from './types'

const KEPT_EVENTS = 120
const KEPT_FPS = 120
const ALERT_MS = 45_000

class SiteState {
  site: Site | null = $state.raw(null)
  statuses = new SvelteMap<string, FeedStatus>()
  events: Incident[] = $state.raw([])
  eventsLoaded = $state(false)
  feedsLoaded = $state(false)
  connected = $state(true)
  whyClosed = $state('')
  /** Goes up once a second with the statuses: what reads fps histories depends on it. */
  beat = $state(0)

  private readonly fps = new Map<string, number[]>()
  private readonly listeners = new Set<(incident: Incident) => void>()
  private readonly scenes = new Map<string, { version: string; scene: Promise<Scene | null> }>()

  readonly client = new LiveClient(
    () => {
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
      return new WebSocket(`${scheme}://${location.host}/api/v1/live`) as unknown as SocketLike
    },
    {
      after: (ms, run) => window.setTimeout(run, ms),
      cancel: (id) => window.clearTimeout(id),
      random: () => Math.random(),
    },
    {
      status: (feeds, site) => this.heard(feeds, site),
      event: (incident) => this.happened(incident),
      connected: (yes, reason) => {
        this.connected = yes
        this.whyClosed = reason
        if (yes) void this.load()
      },
    },
  )

  start(): void {
    this.client.start()
    void this.load()
  }

  stop(): void {
    this.client.stop()
    this.statuses.clear()
    this.events = []
    this.site = null
    this.eventsLoaded = false
    this.feedsLoaded = false
  }

  /** The first answers, and all that was missed while the connection was lost. */
  async load(): Promise<void> {
    const asked = [
      get<Site>('/site').then((site) => (this.site = site)),
      this.loadFeeds(),
      get<Page<Incident>>('/events', { limit: 60 }).then((page) => {
        this.events = merged(page.items, this.events)
        this.eventsLoaded = true
      }),
    ]
    await Promise.allSettled(asked)
  }

  async loadFeeds(): Promise<void> {
    const seen = new Set<string>()
    let cursor: string | null = null
    do {
      const page: Page<Feed> = await get<Page<Feed>>('/feeds', { limit: 500, cursor })
      for (const feed of page.items) {
        seen.add(feed.id)
        if (!this.statuses.has(feed.id)) this.statuses.set(feed.id, statusOf(feed))
      }
      cursor = page.next
    } while (cursor)
    for (const id of [...this.statuses.keys()]) if (!seen.has(id)) this.statuses.delete(id)
    this.feedsLoaded = true
  }

  onEvent(listener: (incident: Incident) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  fpsOf(feed: string): readonly number[] {
    void this.beat
    return this.fps.get(feed) ?? []
  }

  forget(feed: string): void {
    this.statuses.delete(feed)
    this.scenes.delete(feed)
  }

  /** The drawings of a feed, kept until the configuration changes. */
  scene(feed: string): Promise<Scene | null> {
    const version = String(this.site?.config_version ?? '')
    const kept = this.scenes.get(feed)
    if (kept?.version === version) return kept.scene
    const scene = get<Partial<Scene>>(`/feeds/${encodeURIComponent(feed)}/scene`).then(whole, () => null)
    this.scenes.set(feed, { version, scene })
    return scene
  }

  /** Not as it should be, or something worth a look happened there just now. */
  alerting(feed: string): boolean {
    const status = this.statuses.get(feed)
    if (!status) return false
    if (status.state !== 'live' && status.state !== 'stopped' && status.state !== 'connecting') return true
    return status.conditions.length > 0 || (this.alarms.get(feed) ?? 0) > Date.now() - ALERT_MS
  }

  private readonly alarms = new Map<string, number>()

  private heard(feeds: FeedStatus[], site: Site | null): void {
    if (site) this.site = this.site ? { ...this.site, ...site } : site
    for (const status of feeds) {
      this.statuses.set(status.feed, status)
      const kept = this.fps.get(status.feed) ?? []
      kept.push(status.fps_in)
      if (kept.length > KEPT_FPS) kept.shift()
      this.fps.set(status.feed, kept)
    }
    if (feeds.length) this.beat += 1
  }

  private happened(incident: Incident): void {
    if (incident.severity !== 'info' && incident.phase !== 'close') {
      this.alarms.set(incident.feed, Date.now())
    }
    this.events = merged([incident], this.events)
    for (const listener of this.listeners) listener(incident)
  }
}

/** Newest first, each incident once, the newer version of it wins. */
export function merged(fresh: Incident[], kept: Incident[]): Incident[] {
  const ids = new Set(fresh.map((incident) => incident.id))
  const all = [...fresh, ...kept.filter((incident) => !ids.has(incident.id))]
  all.sort((one, other) => (one.start < other.start ? 1 : one.start > other.start ? -1 : 0))
  return all.slice(0, KEPT_EVENTS)
}

/** A feed's status, whether the server nests it or not. */
export function statusOf(feed: Feed): FeedStatus {
  const found: Partial<FeedStatus> = feed.status ?? (feed as Partial<FeedStatus>)
  return {
    feed: feed.id,
    state: found.state ?? 'connecting',
    reason: found.reason ?? '',
    since: found.since ?? null,
    session: found.session ?? '',
    attempt: found.attempt ?? 0,
    next_try_s: found.next_try_s ?? null,
    codec: found.codec ?? '',
    width: found.width ?? 0,
    height: found.height ?? 0,
    fps_in: found.fps_in ?? 0,
    fps_analysed: found.fps_analysed ?? 0,
    bitrate_kbps: found.bitrate_kbps ?? 0,
    lag_s: found.lag_s ?? null,
    last_frame: found.last_frame ?? null,
    received: found.received ?? 0,
    dropped: found.dropped ?? 0,
    corrupt: found.corrupt ?? 0,
    reconnects: found.reconnects ?? 0,
    coverage: found.coverage ?? 0,
    conditions: found.conditions ?? [],
    clock_drift_s: found.clock_drift_s ?? null,
    cpu_ms_per_s: found.cpu_ms_per_s ?? 0,
    worker: found.worker ?? 0,
    attention: found.attention ?? 'none',
    asleep: found.asleep ?? 0,
  }
}

export const site = new SiteState()
