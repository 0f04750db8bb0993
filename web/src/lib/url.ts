/* The page's state as an address, and back. Pure: the router below it touches the browser. */

export type PageName = 'now' | 'events' | 'counts' | 'traffic' | 'feeds' | 'scene' | 'system' | 'lost'

export interface Place {
  page: PageName
  feed: string
  query: Record<string, string>
}

const PAGES: Record<string, PageName> = {
  '': 'now',
  events: 'events',
  counts: 'counts',
  traffic: 'traffic',
  feeds: 'feeds',
  system: 'system',
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function parse(pathname: string, search: string): Place {
  const parts = pathname.split('/').filter(Boolean)
  const query = Object.fromEntries(new URLSearchParams(search))
  const [first = '', second, third] = parts
  if (first === 'feeds' && second && third === 'scene' && parts.length === 3) {
    return { page: 'scene', feed: decoded(second), query }
  }
  const page = parts.length < 2 ? PAGES[first] : undefined
  return { page: page ?? 'lost', feed: '', query }
}

export function format(page: PageName, feed = '', query: Record<string, string> = {}): string {
  const base = page === 'now' ? '/' : page === 'scene' ? `/feeds/${encodeURIComponent(feed)}/scene` : `/${page}`
  const text = new URLSearchParams(clean(query)).toString()
  return text ? `${base}?${text}` : base
}

/** Without what is empty, in a fixed order, so that the same state is the same address. */
export function clean(query: Record<string, string | null | undefined>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const key of Object.keys(query).sort()) {
    const value = query[key]
    if (value) kept[key] = value
  }
  return kept
}

export function changed(
  query: Record<string, string>,
  patch: Record<string, string | null | undefined>,
): Record<string, string> {
  return clean({ ...query, ...patch })
}

/** The one-time token in `#link=...`, or ''. */
export function linkToken(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, '')).get('link') ?? ''
}

/** Why somebody came back from the provider without a session, in `#sign-in=...`, or ''. */
export function signInEnd(hash: string): '' | 'refused' | 'failed' {
  const end = new URLSearchParams(hash.replace(/^#/, '')).get('sign-in')
  return end === 'refused' || end === 'failed' ? end : ''
}

/** The names in a list with commas or spaces between them; null for none at all. */
export function names(text: string): string[] | null {
  const found = text.split(/[\s,]+/).filter(Boolean)
  return found.length ? found : null
}

/** A whole number in [low, high] out of an address, or what stands for it. */
export function whole(text: string | undefined, fallback: number, low: number, high: number): number {
  const value = Number(text)
  if (!text || !Number.isInteger(value)) return fallback
  return Math.min(high, Math.max(low, value))
}
