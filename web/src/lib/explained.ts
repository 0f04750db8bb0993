/* A failure in a sentence or two: what was wrong, where, and what to do. */
import { ApiError } from './api'
import { t } from './texts'

/** What was wrong and what to do, apart. */
export function parts(error: unknown): { what: string; remedy: string } {
  if (!(error instanceof ApiError)) return { what: t.errors.title, remedy: '' }
  if (error.status === 0) return { what: t.errors.unreachable, remedy: t.errors.unreachableRemedy }
  if (error.status === 403) return { what: t.errors.forbidden, remedy: error.remedy }
  const details = error.errors.map((one) => {
    const place = one.where ? `${one.where}: ` : ''
    return [place + (one.what ?? ''), one.remedy].filter(Boolean).join('. ')
  })
  const what = capital(error.detail || error.title)
  return { what, remedy: [...details, error.remedy].filter(Boolean).join('. ') }
}

export function explained(error: unknown): string {
  const { what, remedy } = parts(error)
  return [what, remedy].filter(Boolean).join('. ').replace(/([.!?])\. /g, '$1 ')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
