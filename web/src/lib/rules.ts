/* What may be reported: each kind of rule, where it looks and the numbers that people set.
 * Keys, units and defaults are those of site.yaml; what is not here is kept as it is. */
import type { Rule, Scene } from './types'

export type FieldName =
  | 'min_stop_s' | 'min_distance_m' | 'for_s' | 'more_than' | 'speed_share'
  | 'ttc_s' | 'pet_s' | 'min_score' | 'min_vehicles'

export interface Field {
  name: FieldName
  start: number
  min: number
  max: number
  step: number
}

export interface RuleKind {
  kind: string
  /* any: a zone or the whole picture; roads: one road or all of them; road: one road, always; line: a line. */
  where: 'any' | 'roads' | 'road' | 'line'
  fields: Field[]
}

const field = (name: FieldName, start: number, min: number, max: number, step: number): Field => ({ name, start, min, max, step })

export const KINDS: readonly RuleKind[] = [
  { kind: 'stopped', where: 'any', fields: [field('min_stop_s', 10, 1, 86_400, 1)] },
  { kind: 'wrong_way', where: 'roads', fields: [field('min_distance_m', 10, 1, 10_000, 1)] },
  { kind: 'on_carriageway', where: 'roads', fields: [field('for_s', 2, 0.5, 86_400, 0.5)] },
  { kind: 'queue', where: 'road', fields: [field('more_than', 10, 1, 10_000, 1), field('for_s', 30, 1, 86_400, 1)] },
  { kind: 'congestion', where: 'road', fields: [field('speed_share', 0.5, 0.05, 0.95, 0.05), field('for_s', 120, 1, 86_400, 1)] },
  { kind: 'near_miss', where: 'any', fields: [field('ttc_s', 1.5, 0.1, 4, 0.1), field('pet_s', 1, 0.1, 4, 0.1)] },
  { kind: 'collision', where: 'any', fields: [field('min_score', 5, 2, 10, 1)] },
  { kind: 'braking_wave', where: 'roads', fields: [field('min_vehicles', 3, 2, 100, 1)] },
  { kind: 'u_turn', where: 'any', fields: [] },
  { kind: 'closed_line', where: 'line', fields: [] },
]

export function kindOf(rule: Rule): RuleKind | undefined {
  return KINDS.find((one) => one.kind === rule.kind)
}

/** Ids of what a kind of rule may look at. */
export function placesFor(kind: RuleKind, scene: Scene): string[] {
  if (kind.where === 'line') return scene.lines.map((line) => line.id)
  const zones = kind.where === 'any' ? scene.zones : scene.zones.filter((zone) => zone.use === 'lane' || zone.use === 'carriageway')
  return zones.map((zone) => zone.id)
}

/** Whether a rule of the kind has to name its place. */
export const isBound = (kind: RuleKind): boolean => kind.where === 'road' || kind.where === 'line'

/** A new rule of the kind, null where nothing is drawn that it could look at. */
export function freshRule(kind: RuleKind, scene: Scene): Rule | null {
  const rule: Rule = { kind: kind.kind }
  if (isBound(kind)) {
    const [place] = placesFor(kind, scene)
    if (place === undefined) return null
    rule[kind.where === 'line' ? 'line' : 'zone'] = place
  }
  // A queue is too long by one measure; the others keep the defaults of the server.
  for (const { name, start } of kind.fields) rule[name] = start
  return rule
}
