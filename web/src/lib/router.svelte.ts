/* Where the page is. The history API alone: a link is a plain <a href>. */
import { changed, format, parse, type PageName, type Place } from './url'

class Router {
  place: Place = $state.raw(parse(location.pathname, location.search))
  /** Counts pages opened, so that focus moves to the new page's heading and not on every filter. */
  visits = $state(0)
  /** Asked before the page is left; false keeps it. It may ask the person and then `open` anew. */
  guard: ((address: string) => boolean) | null = null

  constructor() {
    addEventListener('popstate', () => this.back())
    document.addEventListener('click', (event) => this.follow(event))
  }

  go(page: PageName, feed = '', query: Record<string, string> = {}): void {
    this.open(format(page, feed, query))
  }

  /** Changes filters. replace: not worth a step back of its own (typing). */
  set(patch: Record<string, string | null | undefined>, replace = false): void {
    const { page, feed, query } = this.place
    const address = format(page, feed, changed(query, patch))
    if (address === location.pathname + location.search) return
    if (replace) history.replaceState(null, '', address)
    else history.pushState(null, '', address)
    this.read()
  }

  open(address: string): void {
    if (this.guard && !this.guard(address)) return
    history.pushState(null, '', address)
    this.read()
    scrollTo(0, 0)
  }

  private back(): void {
    const { page, feed, query } = this.place
    const before = format(page, feed, query)
    const after = location.pathname + location.search
    // Back cannot be refused, only undone.
    if (this.guard && !this.guard(after)) history.pushState(null, '', before)
    else this.read()
  }

  private read(): void {
    const before = this.place
    this.place = parse(location.pathname, location.search)
    if (before.page !== this.place.page || before.feed !== this.place.feed) this.visits += 1
  }

  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const anchor = (event.target as Element | null)?.closest?.('a')
    if (!anchor || anchor.target || anchor.hasAttribute('download')) return
    const url = new URL(anchor.href, location.href)
    if (url.origin !== location.origin || url.pathname.startsWith('/api/')) return
    if (url.hash && url.pathname === location.pathname) return
    event.preventDefault()
    this.open(url.pathname + url.search)
  }
}

export const router = new Router()
