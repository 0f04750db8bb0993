/* Time ranges as the address holds them, and the step that suits each. Pure. */

export const HOURS: Record<string, number> = { '1h': 1, '6h': 6, '24h': 24, '7d': 168 }
const STEPS_S = [60, 300, 900, 3600, 10_800, 86_400]
const MOST_STEPS = 100

export function sinceOf(range: string, now = Date.now()): string {
  return new Date(now - (HOURS[range] ?? 1) * 3_600_000).toISOString()
}

export interface Span {
  since: string
  until: string
}

/** range: a preset, or "custom" with its own ends. What is missing or wrong becomes the last hour. */
export function spanOf(range: string, since: string, until: string, now = Date.now()): Span {
  if (range === 'custom') {
    const end = Number.isNaN(Date.parse(until)) ? now : Date.parse(until)
    const begin = Number.isNaN(Date.parse(since)) ? end - 3_600_000 : Date.parse(since)
    if (begin < end) return { since: new Date(begin).toISOString(), until: new Date(end).toISOString() }
  }
  return { since: sinceOf(range, now), until: new Date(now).toISOString() }
}

export function stepOf(span: Span): number {
  const seconds = (Date.parse(span.until) - Date.parse(span.since)) / 1000
  return STEPS_S.find((step) => seconds / step <= MOST_STEPS) ?? 86_400
}
