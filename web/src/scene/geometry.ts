/* The scene under edit, as values. Every change makes a new one; nothing here knows a browser.
 * Places are shares of the picture, 0..1 from its top left. */
import type { Calibration, ControlPoint, Rule, Scene, SceneProposal, XY, Zone } from '../lib/types'

/** heading: the way traffic goes in the zone of that index. length: a known length. */
export type Kind = 'line' | 'zone' | 'private' | 'ground' | 'heading' | 'length'

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
    const point = scene.calibration?.points?.[index]
    return point ? [point.image] : []
  }
  if (kind === 'length') {
    const length = scene.calibration?.lengths?.[index]
    return length ? [length.a, length.b] : []
  }
  if (kind === 'heading') return scene.zones[index]?.heading ?? []
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
    return withCalibration(scene, { points: replaced(kept, index, { ...point, image: first }) })
  }
  if (kind === 'length') {
    const kept = scene.calibration?.lengths ?? []
    const length = kept[index]
    if (!length || !first || !second) return scene
    return withCalibration(scene, { lengths: replaced(kept, index, { ...length, a: first, b: second }) })
  }
  if (kind === 'heading') return withHeading(scene, index, points)
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

/** With part of the calibration changed; null where nothing of it is left. */
export function withCalibration(scene: Scene, part: Calibration): Scene {
  const { points, lengths, camera } = { ...scene.calibration, ...part }
  const kept: Calibration = {}
  if (points?.length) kept.points = points
  if (lengths?.length) kept.lengths = lengths
  if (camera) kept.camera = camera
  return { ...scene, calibration: Object.keys(kept).length ? kept : null }
}

/** A point takes the place of a camera and lengths: the ground is given once. */
export function addedGround(scene: Scene, image: XY): Scene {
  const points = scene.calibration?.points ?? []
  const place: Pick<ControlPoint, 'ground' | 'map'> = points[0]?.map ? { map: { ...points[0].map } } : { ground: [0, 0] }
  return withCalibration(scene, { points: [...points, { image: clamped(image), ...place }], lengths: null, camera: null })
}

export function addedLength(scene: Scene, a: XY, b: XY): Scene {
  const length = { a: clamped(a), b: clamped(b), metres: 3 }
  return withCalibration(scene, { lengths: [...(scene.calibration?.lengths ?? []), length], points: null })
}

/** All points in metres, or all on the map; what they said before does not carry over. */
export function placedOn(scene: Scene, map: boolean): Scene {
  const points = (scene.calibration?.points ?? []).map(({ image }): ControlPoint => (map ? { image, map: { lat: 0, lon: 0 } } : { image, ground: [0, 0] }))
  return withCalibration(scene, { points })
}

export function withHeading(scene: Scene, index: number, heading: readonly XY[]): Scene {
  const zone = scene.zones[index]
  if (!zone) return scene
  const { heading: _, ...rest } = zone
  const made: Zone = heading.length > 1 ? { ...rest, heading: heading.map(clamped) } : rest
  return { ...scene, zones: replaced(scene.zones, index, made) }
}

export function withUse(scene: Scene, index: number, use: NonNullable<Zone['use']>): Scene {
  const zone = scene.zones[index]
  return zone ? { ...scene, zones: replaced(scene.zones, index, { ...zone, use }) } : scene
}

/** With what was proposed beside what is drawn; taken names give way. */
export function accepted(scene: Scene, proposal: Pick<SceneProposal, 'zones' | 'lines' | 'movements'>): Scene {
  const zones = [...scene.zones]
  for (const zone of proposal.zones) zones.push({ ...zone, id: freeName(zones, zone.id) })
  const lines = [...scene.lines]
  const named = new Map<string, string>()
  for (const line of proposal.lines) {
    const id = freeName(lines, line.id)
    named.set(line.id, id)
    lines.push({ ...line, id })
  }
  const movements = [...scene.movements]
  for (const movement of proposal.movements) {
    const from = named.get(movement.from) ?? movement.from
    const to = named.get(movement.to) ?? movement.to
    movements.push({ id: freeName(movements, `${from}-to-${to}`), from, to })
  }
  return { ...scene, zones, lines, movements }
}

function freeName(taken: readonly { id: string }[], wanted: string): string {
  return taken.some((one) => one.id === wanted) ? freshName(taken, wanted.replace(/-\d+$/, '')) : wanted
}

/** Without a point or a thing. A zone of three corners goes as a whole, and so does a line;
 * movements over a line that is gone go with it, and rules lose their zone. */
export function without({ scene, rules }: Model, ref: Ref): Model {
  const { kind, index, point } = ref
  const gone = <T>(items: readonly T[]): T[] => items.filter((_, i) => i !== index)
  if (kind === 'ground') {
    return { scene: withCalibration(scene, { points: gone(scene.calibration?.points ?? []) }), rules }
  }
  if (kind === 'length') {
    return { scene: withCalibration(scene, { lengths: gone(scene.calibration?.lengths ?? []) }), rules }
  }
  if (kind === 'heading') {
    const heading = scene.zones[index]?.heading ?? []
    const left = point === null || heading.length <= 2 ? [] : heading.filter((_, i) => i !== point)
    return { scene: withHeading(scene, index, left), rules }
  }
  if (kind === 'line') {
    const id = scene.lines[index]?.id
    const movements = scene.movements.filter(({ from, to }) => from !== id && to !== id)
    return { scene: { ...scene, lines: gone(scene.lines), movements }, rules: rules.filter((rule) => !rule.line || rule.line !== id) }
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
    const spoken = rules.map((rule) => (rule.line && rule.line === old ? { ...rule, line: id } : rule))
    return { scene: { ...scene, lines: name(scene.lines), movements }, rules: spoken }
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
  | { kind: 'name' | 'twice' | 'short' | 'crosses' | 'sameLine' | 'noHeading'; name: string }
  | { kind: 'fewPoints' | 'fewLengths' }

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
  for (const { id, use, heading } of scene.zones) {
    if (use === 'lane' && (heading?.length ?? 0) < 2) found.push({ kind: 'noHeading', name: id })
  }
  const points = scene.calibration?.points?.length ?? 0
  if (points > 0 && points < 4) found.push({ kind: 'fewPoints' })
  const lengths = scene.calibration?.lengths?.length ?? 0
  if (lengths > 0 && lengths < 3 && !scene.calibration?.camera) found.push({ kind: 'fewLengths' })
  return found
}

export function centre(points: readonly XY[]): XY {
  const n = Math.max(1, points.length)
  return [points.reduce((sum, [x]) => sum + x, 0) / n, points.reduce((sum, [, y]) => sum + y, 0) / n]
}
