/* Which feeds are on the wall, and in what order. Pure. */

export const LAYOUTS = [1, 4, 9, 16, 25, 36, 49, 64] as const

export function layoutOf(text: string | undefined, fallback: number): number {
  const wanted = Number(text) || fallback
  return LAYOUTS.find((one) => one >= wanted) ?? 64
}

export function columnsOf(tiles: number): number {
  return Math.ceil(Math.sqrt(tiles))
}

/** Pictures a second that a tile asks for: many small ones need fewer. */
export function fpsOf(tiles: number): number {
  return tiles <= 4 ? 12 : tiles <= 16 ? 8 : 5
}

/** Alerting feeds first; within both groups by name, so that a tile moves only when it has to. */
export function ordered(feeds: readonly string[], alerting: (feed: string) => boolean): string[] {
  const byName = [...feeds].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
  return [...byName.filter(alerting), ...byName.filter((feed) => !alerting(feed))]
}

export interface WallPage {
  page: number
  pages: number
  feeds: string[]
  from: number
  to: number
}

export function pageOf(feeds: readonly string[], tiles: number, wanted: number): WallPage {
  const pages = Math.max(1, Math.ceil(feeds.length / tiles))
  const page = Math.min(Math.max(1, wanted), pages)
  const start = (page - 1) * tiles
  const shown = feeds.slice(start, start + tiles)
  return { page, pages, feeds: shown, from: shown.length ? start + 1 : 0, to: start + shown.length }
}
