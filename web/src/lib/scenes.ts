/* A scene as site.yaml may hold it, with what it leaves out, and back. */
import type { Scene } from './types'

export const EMPTY: Scene = {
  anchor: 'ground',
  lines: [],
  zones: [],
  movements: [],
  calibration: null,
  private_zones: [],
}

/** With everything that the file left out. */
export function whole(scene: Partial<Scene> | null | undefined): Scene {
  return { ...EMPTY, ...scene }
}

/** Without what is empty: site.yaml says only what there is. */
export function written(scene: Scene): Partial<Scene> {
  const kept = Object.entries(scene).filter(([, value]) => value !== null && !(Array.isArray(value) && !value.length))
  return Object.fromEntries(kept) as Partial<Scene>
}
