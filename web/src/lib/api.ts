/* Talking to the server: JSON in, JSON out, problems as errors that say what and how to fix it. */

/** What a row or field of a request had wrong, as the server lists it. */
export interface FieldProblem {
  where?: string
  what?: string
  remedy?: string
}

/** RFC 9457. status 0: the server could not be reached at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly remedy: string,
    readonly errors: FieldProblem[],
  ) {
    super(detail || title)
  }
}

export interface Answer<T> {
  value: T
  etag: string | null
}

export type Query = Record<string, string | number | boolean | null | undefined>

export function path(base: string, query: Query = {}): string {
  const parts = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parts.set(key, String(value))
  }
  const text = parts.toString()
  return `/api/v1${base}${text ? `?${text}` : ''}`
}

let whenSignedOut = (): void => {}

/** Called when the server answers 401 to anything but the question who we are. */
export function onSignedOut(handler: () => void): void {
  whenSignedOut = handler
}

interface Options {
  method?: string
  query?: Query
  body?: unknown
  text?: string
  etag?: string | null
  signal?: AbortSignal | null
}

function request(base: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  let body: string | null = null
  if (options.text !== undefined) {
    headers['Content-Type'] = 'text/csv'
    body = options.text
  } else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(options.body)
  }
  if (options.etag) headers['If-Match'] = options.etag
  return fetch(path(base, options.query), {
    method: options.method ?? 'GET',
    headers,
    body,
    credentials: 'same-origin',
    signal: options.signal ?? null,
  })
}

async function problem(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {}
  try {
    body = (await response.json()) as Record<string, unknown>
  } catch {
    /* not JSON: the status is all there is */
  }
  const text = (key: string): string => (typeof body[key] === 'string' ? body[key] : '')
  const errors = Array.isArray(body['errors']) ? (body['errors'] as FieldProblem[]) : []
  return new ApiError(
    response.status,
    text('title') || `${response.status}`,
    text('detail'),
    text('remedy'),
    errors,
  )
}

export async function call<T>(base: string, options: Options = {}): Promise<Answer<T>> {
  let response: Response
  try {
    response = await request(base, options)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'unreachable', '', '', [])
  }
  if (!response.ok) {
    if (response.status === 401 && base !== '/session') whenSignedOut()
    throw await problem(response)
  }
  const etag = response.headers.get('ETag')
  if (response.status === 204) return { value: undefined as T, etag }
  const type = response.headers.get('Content-Type') ?? ''
  if (!type.includes('json')) return { value: undefined as T, etag }
  return { value: (await response.json()) as T, etag }
}

export async function get<T>(base: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return (await call<T>(base, { query, signal: signal ?? null })).value
}

export async function send<T>(method: string, base: string, body?: unknown): Promise<T> {
  return (await call<T>(base, body === undefined ? { method } : { method, body })).value
}

/** "abort" is no failure: a newer question took its place. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
