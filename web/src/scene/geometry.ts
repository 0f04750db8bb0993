/* The scene under edit, as values. Every change makes a new one; nothing here knows a browser.
 * Places are shares of the picture, 0..1 from its top left. */
import type { ControlPoint, Rule, Scene, XY, Zone } from '../lib/types'

export type Kind = 'line' | 'zone' | 'private' | 'ground'

/** A thing of the scene, or one of its points. point null: the whole thing. */
export interface Ref {
  kind: Kind
  index: number
  point: number | null
}

export interface Model {
  scene: Scene
  rules: Rule[]
}

const PLACES = 4
const SHORTEST = 0.01
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

/** Inside the picture, to four places: finer than a pixel, and short in site.yaml. */
export function clamped([x, y]: XY): XY {
  const tidy = (value: number): number => Number(Math.min(1, Math.max(0, value)).toFixed(PLACES))
  return [tidy(x), tidy(y)]
}

export function pointsOf(scene: Scene, kind: Kind, index: number): XY[] {
  if (kind === 'line') {
    const line = scene.lines[index]
    return line ? [line.a, line.b] : []
  }
  if (kind === 'ground') {
    const point = scene.calibration?.points[index]
    return point ? [point.image] : []
  }
  return zonesOf(scene, kind)[index]?.polygon ?? []
}

export function zonesOf(scene: Scene, kind: 'zone' | 'private'): Zone[] {
  return kind === 'zone' ? scene.zones : scene.private_zones
}

function withZones(scene: Scene, kind: 'zone' | 'private', zones: Zone[]): Scene {
  return kind === 'zone' ? { ...scene, zones } : { ...scene, private_zones: zones }
}

function replaced<T>(items: readonly T[], index: number, item: T): T[] {
  return items.map((one, i) => (i === index ? item : one))
}

export function withPoints(scene: Scene, kind: Kind, index: number, raw: readonly XY[]): Scene {
  const points = raw.map(clamped)
  const [first, second] = points
  if (kind === 'line') {
    const line = scene.lines[index]
    if (!line || !first || !second) return scene
    return { ...scene, lines: replaced(scene.lines, index, { ...line, a: first, b: second }) }
  }
  if (kind === 'ground') {
    const kept = scene.calibration?.points ?? []
    const point = kept[index]
    if (!point || !first) return scene
    return { ...scene, calibration: { points: replaced(kept, index, { ...point, image: first }) } }
  }
  const zone = zonesOf(scene, kind)[index]
  if (!zone) return scene
  return withZones(scene, kind, replaced(zonesOf(scene, kind), index, { ...zone, polygon: points }))
}

/** Moves a point, or the whole thing; a whole thing stops where its first point meets the edge. */
export function moved(scene: Scene, ref: Ref, dx: number, dy: number): Scene {
  const points = pointsOf(scene, ref.kind, ref.index)
  if (ref.point !== null) {
    const shifted = points.map((point, i): XY => (i === ref.point ? [point[0] + dx, point[1] + dy] : point))
    return withPoints(scene, ref.kind, ref.index, shifted)
  }
  const room = (values: number[], by: number): number =>
    Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), by))
  if (!points.length) return scene
  const byX = room(points.map(([x]) => x), dx)
  const byY = room(points.map(([, y]) => y), dy)
  return withPoints(scene, ref.kind, ref.index, points.map(([x, y]): XY => [x + byX, y + byY]))
}

/** The first free name: line-1, line-2, ... */
export function freshName(taken: readonly { id: string }[], stem: string): string {
  const names = new Set(taken.map((one) => one.id))
  for (let n = 1; ; n += 1) if (!names.has(`${stem}-${n}`)) return `${stem}-${n}`
}

export function addedLine(scene: Scene, a: XY, b: XY): Scene {
  const line = { id: freshName(scene.lines, 'line'), a: clamped(a), b: clamped(b) }
  return { ...scene, lines: [...scene.lines, line] }
}

export function addedZone(scene: Scene, kind: 'zone' | 'private', polygon: readonly XY[]): Scene {
  const zones = zonesOf(scene, kind)
  const zone = { id: freshName(zones, kind === 'zone' ? 'zone' : 'private'), polygon: polygon.map(clamped) }
  return withZones(scene, kind, [...zones, zone])
}

export function addedGround(scene: Scene, image: XY): Scene {
  const point: ControlPoint = { image: clamped(image), ground: [0, 0] }
  return { ...scene, calibration: { points: [...(scene.calibration?.points ?? []), point] } }
}

/** Without a point or a thing. A zone of three corners goes as a whole, and so does a line;
 * movements over a line that is gone go with it, and rules lose their zone. */
export function without({ scene, rules }: Model, ref: Ref): Model {
  const { kind, index, point } = ref
  const gone = <T>(items: readonly T[]): T[] => items.filter((_, i) => i !== index)
  if (kind === 'ground') {
    const points = gone(scene.calibration?.points ?? [])
    return { scene: { ...scene, calibration: points.length ? { points } : null }, rules }
  }
  if (kind === 'line') {
    const id = scene.lines[index]?.id
    const movements = scene.movements.filter(({ from, to }) => from !== id && to !== id)
    return { scene: { ...scene, lines: gone(scene.lines), movements }, rules }
  }
  const zones = zonesOf(scene, kind)
  const zone = zones[index]
  if (zone && point !== null && zone.polygon.length > 3) {
    const polygon = zone.polygon.filter((_, i) => i !== point)
    return { scene: withZones(scene, kind, replaced(zones, index, { ...zone, polygon })), rules }
  }
  const kept = kind === 'zone' ? rules.filter((rule) => rule.zone !== zone?.id) : rules
  return { scene: withZones(scene, kind, gone(zones)), rules: kept }
}

/** Renames, and with it whatever speaks of it. */
export function renamed({ scene, rules }: Model, kind: 'line' | 'zone' | 'private' | 'movement', index: number, id: string): Model {
  const name = <T extends { id: string }>(items: readonly T[]): T[] =>
    items.map((one, i) => (i === index ? { ...one, id } : one))
  if (kind === 'movement') return { scene: { ...scene, movements: name(scene.movements) }, rules }
  if (kind === 'line') {
    const old = scene.lines[index]?.id
    const follow = (line: string): string => (line === old ? id : line)
    const movements = scene.movements.map((one) => ({ ...one, from: follow(one.from), to: follow(one.to) }))
    return { scene: { ...scene, lines: name(scene.lines), movements }, rules }
  }
  if (kind === 'private') return { scene: { ...scene, private_zones: name(scene.private_zones) }, rules }
  const old = scene.zones[index]?.id
  const followed = rules.map((rule) => (old !== undefined && rule.zone === old ? { ...rule, zone: id } : rule))
  return { scene: { ...scene, zones: name(scene.zones) }, rules: followed }
}

/** Forward becomes backward. */
export function flipped(scene: Scene, index: number): Scene {
  const line = scene.lines[index]
  if (!line) return scene
  return { ...scene, lines: replaced(scene.lines, index, { ...line, a: line.b, b: line.a }) }
}

function side(a: XY, b: XY, c: XY): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
}

function cross(a: XY, b: XY, c: XY, d: XY): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}

/** Whether edges that are not neighbours cross. */
export function crossesItself(polygon: readonly XY[]): boolean {
  const n = polygon.length
  const at = (i: number): XY => polygon[i % n] as XY
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 2; j < n; j += 1) {
      if (i === 0 && j === n - 1) continue
      if (cross(at(i), at(i + 1), at(j), at(j + 1))) return true
    }
  }
  return false
}

export type Problem =
  | { kind: 'name' | 'twice' | 'short' | 'crosses' | 'sameLine'; name: string }
  | { kind: 'fewPoints' }

/** What the server would refuse, found while drawing. */
export function problemsOf({ scene }: Model): Problem[] {
  const found: Problem[] = []
  for (const group of [scene.lines, scene.zones, scene.movements, scene.private_zones]) {
    const seen = new Set<string>()
    for (const { id } of group) {
      if (!NAME.test(id)) found.push({ kind: 'name', name: id })
      else if (seen.has(id)) found.push({ kind: 'twice', name: id })
      seen.add(id)
    }
  }
  for (const { id, a, b } of scene.lines) {
    if (Math.hypot(b[0] - a[0], b[1] - a[1]) < SHORTEST) found.push({ kind: 'short', name: id })
  }
  for (const { id, polygon } of [...scene.zones, ...scene.private_zones]) {
    if (crossesItself(polygon)) found.push({ kind: 'crosses', name: id })
  }
  for (const { id, from, to } of scene.movements) {
    if (from === to) found.push({ kind: 'sameLine', name: id })
  }
  const points = scene.calibration?.points.length ?? 0
  if (points > 0 && points < 4) found.push({ kind: 'fewPoints' })
  return found
}

export function centre(points: readonly XY[]): XY {
  const n = Math.max(1, points.length)
  return [points.reduce((sum, [x]) => sum + x, 0) / n, points.reduce((sum, [, y]) => sum + y, 0) / n]
}
