/* A short word that something was done. It is read out, and goes by itself. */
class Toast {
  words = $state('')
  private timer = 0

  say(words: string): void {
    this.words = words
    window.clearTimeout(this.timer)
    this.timer = window.setTimeout(() => (this.words = ''), 5000)
  }
}

export const toast = new Toast()
