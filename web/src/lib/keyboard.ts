/* Single keys. They can be turned off (WCAG 2.1.4), and never fire while somebody types. */
import { settings } from './settings.svelte'

export type KeyMap = Record<string, (event: KeyboardEvent) => void>

function types(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** The handler for a page's keys: `<svelte:window onkeydown={keys({...})} />`. */
export function keys(map: KeyMap): (event: KeyboardEvent) => void {
  return (event) => {
    if (!settings.singleKeys || event.defaultPrevented) return
    if (event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return
    if (document.querySelector('dialog[open]')) return
    const run = map[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!run) return
    event.preventDefault()
    run(event)
  }
}
