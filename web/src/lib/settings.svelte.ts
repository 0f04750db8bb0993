/* What this browser remembers: theme, drawings, single keys. Nothing of anyone seen. */

function read(key: string): string | null {
  try {
    return localStorage.getItem(`wayside.${key}`)
  } catch {
    return null
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(`wayside.${key}`, value)
  } catch {
    /* storage is off: the choice holds until the page is closed */
  }
}

export type Theme = 'system' | 'light' | 'dark'
const ORDER: Theme[] = ['system', 'light', 'dark']

class Settings {
  theme: Theme = $state(ORDER.find((name) => name === read('theme')) ?? 'system')
  singleKeys = $state(read('keys') !== 'off')
  drawings = $state(read('drawings') !== 'off')
  tiles = $state(Number(read('tiles')) || 9)

  nextTheme(): void {
    this.theme = ORDER[(ORDER.indexOf(this.theme) + 1) % ORDER.length] ?? 'system'
    write('theme', this.theme)
    const root = document.documentElement
    if (this.theme === 'system') delete root.dataset['theme']
    else root.dataset['theme'] = this.theme
  }

  setSingleKeys(on: boolean): void {
    this.singleKeys = on
    write('keys', on ? 'on' : 'off')
  }

  setDrawings(on: boolean): void {
    this.drawings = on
    write('drawings', on ? 'on' : 'off')
  }

  setTiles(count: number): void {
    this.tiles = count
    write('tiles', String(count))
  }
}

export const settings = new Settings()
