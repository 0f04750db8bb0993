/* What is drawn over a live picture. Colours are the same in both themes: they lie on video. */
import type { Marking, Scene, XY } from './types'

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

const CLASS_COLOURS: Record<string, string> = {
  person: '#7ee0a1',
  bicycle: '#ffb86b',
  motorcycle: '#ff9ec4',
  car: '#6cc7ff',
  bus: '#c3a6ff',
  truck: '#c3a6ff',
}
const LINE = '#ffd166'
const ZONE = '#5eead4'
const HALO = 'rgba(0, 0, 0, 0.55)'

export function classColour(label: string): string {
  return CLASS_COLOURS[label.split(' ')[0] ?? ''] ?? '#e6edf2'
}

/** Where a picture lies in a frame of another shape: whole, in the middle. */
export function contain(width: number, height: number, frame: { width: number; height: number }): Box {
  if (!width || !height) return { x: 0, y: 0, width: frame.width, height: frame.height }
  const scale = Math.min(frame.width / width, frame.height / height)
  const size = { width: width * scale, height: height * scale }
  return { x: (frame.width - size.width) / 2, y: (frame.height - size.height) / 2, ...size }
}

/** The middle of a line and the unit vector of forward, in pixels. Seen from a to b, forward is
 * from left to right. */
export function forwardOf(a: XY, b: XY): { middle: XY; forward: XY } {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const length = Math.hypot(dx, dy) || 1
  // `+ 0` makes -0 a plain 0.
  return { middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], forward: [-dy / length + 0, dx / length] }
}

function trace(context: CanvasRenderingContext2D, points: readonly XY[], at: (point: XY) => XY): void {
  context.beginPath()
  points.forEach((point, index) => {
    const [x, y] = at(point)
    if (index === 0) context.moveTo(x, y)
    else context.lineTo(x, y)
  })
}

function haloed(context: CanvasRenderingContext2D, colour: string, width: number): void {
  context.strokeStyle = HALO
  context.lineWidth = width + 2
  context.stroke()
  context.strokeStyle = colour
  context.lineWidth = width
  context.stroke()
}

function arrow(context: CanvasRenderingContext2D, a: XY, b: XY, size: number): void {
  const { middle, forward } = forwardOf(a, b)
  const [fx, fy] = forward
  const tip: XY = [middle[0] + fx * size, middle[1] + fy * size]
  context.beginPath()
  context.moveTo(tip[0], tip[1])
  context.lineTo(middle[0] + fy * size * 0.5, middle[1] - fx * size * 0.5)
  context.lineTo(middle[0] - fy * size * 0.5, middle[1] + fx * size * 0.5)
  context.closePath()
  context.fillStyle = HALO
  context.lineWidth = 2
  context.strokeStyle = HALO
  context.stroke()
  context.fillStyle = LINE
  context.fill()
}

function drawScene(context: CanvasRenderingContext2D, scene: Scene, at: (point: XY) => XY, unit: number): void {
  for (const zone of scene.zones) {
    trace(context, zone.polygon, at)
    context.closePath()
    context.fillStyle = 'rgba(94, 234, 212, 0.08)'
    context.fill()
    context.strokeStyle = ZONE
    context.globalAlpha = 0.75
    context.lineWidth = unit
    context.stroke()
    context.globalAlpha = 1
  }
  for (const line of scene.lines) {
    trace(context, [line.a, line.b], at)
    haloed(context, LINE, unit * 1.5)
    arrow(context, at(line.a), at(line.b), unit * 7)
  }
}

function drawMarking(
  context: CanvasRenderingContext2D,
  marking: Marking,
  at: (point: XY) => XY,
  unit: number,
  withLabel: boolean,
): void {
  const colour = classColour(marking.label)
  if (marking.trail.length > 1) {
    trace(context, marking.trail, at)
    context.globalAlpha = 0.8
    haloed(context, colour, unit)
    context.globalAlpha = 1
  }
  const [x0, y0] = at([marking.box[0], marking.box[1]])
  const [x1, y1] = at([marking.box[2], marking.box[3]])
  context.beginPath()
  context.rect(x0, y0, x1 - x0, y1 - y0)
  haloed(context, colour, unit * 1.25)
  if (!withLabel) return
  const size = unit * 10
  context.font = `600 ${size}px system-ui, sans-serif`
  const width = context.measureText(marking.label).width + size * 0.7
  context.fillStyle = 'rgba(8, 12, 15, 0.78)'
  context.fillRect(x0, Math.max(0, y0 - size * 1.4), width, size * 1.4)
  context.fillStyle = colour
  context.textBaseline = 'middle'
  context.fillText(marking.label, x0 + size * 0.35, Math.max(0, y0 - size * 1.4) + size * 0.75)
}

export interface Overlay {
  scene: Scene | null
  markings: readonly Marking[]
}

/** frame: where the picture lies on the canvas, in its pixels. ratio: device pixels per CSS pixel. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  frame: Box,
  { scene, markings }: Overlay,
  ratio: number,
): void {
  const at = ([x, y]: XY): XY => [frame.x + x * frame.width, frame.y + y * frame.height]
  context.lineJoin = 'round'
  context.lineCap = 'round'
  if (scene) drawScene(context, scene, at, ratio)
  const withLabel = frame.width / ratio > 300
  for (const marking of markings) drawMarking(context, marking, at, ratio, withLabel)
}

/** A path, from faint to strong, as it went. */
export function drawTrail(context: CanvasRenderingContext2D, points: readonly XY[], frame: Box, ratio: number): void {
  const at = ([x, y]: XY): XY => [frame.x + x * frame.width, frame.y + y * frame.height]
  context.lineJoin = 'round'
  context.lineCap = 'round'
  trace(context, points, at)
  haloed(context, LINE, ratio * 2)
  const last = points.at(-1)
  if (!last) return
  const [x, y] = at(last)
  context.beginPath()
  context.arc(x, y, ratio * 5, 0, Math.PI * 2)
  context.fillStyle = LINE
  context.fill()
  context.lineWidth = ratio * 2
  context.strokeStyle = HALO
  context.stroke()
}
