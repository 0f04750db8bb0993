/* Whether the page is to be seen at all. A hidden page asks for no pictures. */
class Visible {
  page = $state(document.visibilityState !== 'hidden')

  constructor() {
    document.addEventListener('visibilitychange', () => {
      this.page = document.visibilityState !== 'hidden'
    })
  }
}

export const visible = new Visible()

/** Runs now and every so often while the page is to be seen. The answer ends it. */
export function every(ms: number, run: () => void): () => void {
  run()
  const timer = window.setInterval(() => {
    if (visible.page) run()
  }, ms)
  return () => window.clearInterval(timer)
}
