import { describe, expect, it } from 'vitest'
import { contain, forwardOf } from '../src/lib/drawing'
import { EMPTY, whole, written } from '../src/lib/scenes'
import type { XY } from '../src/lib/types'
import * as geometry from '../src/scene/geometry'
import { History } from '../src/scene/history'

const SQUARE: XY[] = [[0.2, 0.2], [0.4, 0.2], [0.4, 0.4], [0.2, 0.4]]

describe('direction', () => {
  it('is from left to right, seen from a to b', () => {
    // From below upwards on the screen, right is east.
    expect(forwardOf([0, 10], [0, 0]).forward).toEqual([1, 0])
    expect(forwardOf([0, 0], [10, 0]).forward).toEqual([0, 1])
  })
  it('turns when the line is turned', () => {
    const scene = geometry.flipped(geometry.addedLine(EMPTY, [0, 1], [0, 0]), 0)
    const line = scene.lines[0]!
    expect(forwardOf(line.a, line.b).forward).toEqual([-1, 0])
  })
})

describe('editing', () => {
  it('keeps points in the picture', () => {
    const scene = geometry.addedLine(EMPTY, [-0.2, 0.5], [1.7, 0.123456])
    expect(scene.lines[0]).toMatchObject({ a: [0, 0.5], b: [1, 0.1235] })
  })
  it('moves a whole zone without squeezing it at the edge', () => {
    const scene = geometry.moved(geometry.addedZone(EMPTY, 'zone', SQUARE), { kind: 'zone', index: 0, point: null }, 0.9, -0.1)
    expect(scene.zones[0]?.polygon).toEqual([[0.8, 0.1], [1, 0.1], [1, 0.3], [0.8, 0.3]])
  })
  it('moves one point alone', () => {
    const scene = geometry.moved(geometry.addedZone(EMPTY, 'zone', SQUARE), { kind: 'zone', index: 0, point: 2 }, 0.1, 0)
    expect(scene.zones[0]?.polygon[2]).toEqual([0.5, 0.4])
    expect(scene.zones[0]?.polygon[1]).toEqual([0.4, 0.2])
  })
  it('gives free names', () => {
    expect(geometry.freshName([{ id: 'line-1' }, { id: 'line-3' }], 'line')).toBe('line-2')
  })
  it('takes movements along with their line, and reports with their zone', () => {
    let scene = geometry.addedLine(geometry.addedLine(EMPTY, [0, 0], [0, 1]), [1, 0], [1, 1])
    scene = geometry.addedZone({ ...scene, movements: [{ id: 'm', from: 'line-1', to: 'line-2' }] }, 'zone', SQUARE)
    const model = { scene, rules: [{ kind: 'stopped', zone: 'zone-1' }] }
    expect(geometry.without(model, { kind: 'line', index: 1, point: null }).scene.movements).toEqual([])
    expect(geometry.without(model, { kind: 'zone', index: 0, point: null }).rules).toEqual([])
    const renamed = geometry.renamed(geometry.renamed(model, 'line', 0, 'north'), 'zone', 0, 'box')
    expect(renamed.scene.movements[0]).toEqual({ id: 'm', from: 'north', to: 'line-2' })
    expect(renamed.rules[0]?.zone).toBe('box')
  })
  it('takes a corner, or the zone where three are left', () => {
    const model = { scene: geometry.addedZone(EMPTY, 'private', SQUARE), rules: [] }
    const ref = { kind: 'private' as const, index: 0, point: 1 }
    const three = geometry.without(model, ref)
    expect(three.scene.private_zones[0]?.polygon).toHaveLength(3)
    expect(geometry.without(three, ref).scene.private_zones).toEqual([])
  })
  it('has no calibration once its last point is gone', () => {
    const model = { scene: geometry.addedGround(EMPTY, [0.5, 0.5]), rules: [] }
    expect(geometry.without(model, { kind: 'ground', index: 0, point: 0 }).scene.calibration).toBeNull()
  })
})

describe('problems', () => {
  const kinds = (scene: typeof EMPTY): string[] => geometry.problemsOf({ scene, rules: [] }).map((one) => one.kind)
  it('finds none in a sound scene', () => {
    expect(kinds(geometry.addedZone(geometry.addedLine(EMPTY, [0, 0], [0, 1]), 'zone', SQUARE))).toEqual([])
  })
  it('finds edges that cross, but not neighbours that touch', () => {
    expect(geometry.crossesItself(SQUARE)).toBe(false)
    expect(kinds(geometry.addedZone(EMPTY, 'zone', [SQUARE[0]!, SQUARE[2]!, SQUARE[1]!, SQUARE[3]!]))).toEqual(['crosses'])
  })
  it('finds names that are wrong or doubled, and lines that are too short', () => {
    const line = { id: 'a b', a: [0, 0] as XY, b: [0, 0.001] as XY }
    expect(kinds({ ...EMPTY, lines: [line] })).toEqual(['name', 'short'])
    const twice = geometry.addedLine(EMPTY, [0, 0], [0, 1]).lines
    expect(kinds({ ...EMPTY, lines: [...twice, ...twice] })).toEqual(['twice'])
  })
  it('wants four ground points or none', () => {
    expect(kinds(geometry.addedGround(EMPTY, [0.5, 0.5]))).toEqual(['fewPoints'])
  })
})

describe('history', () => {
  it('goes back and forth', () => {
    const history = new History(0)
    history.push(1)
    history.push(2)
    history.undo()
    expect(history.value).toBe(1)
    history.redo()
    expect([history.value, history.canRedo]).toEqual([2, false])
  })
  it('makes one step of a drag, and two of two drags', () => {
    const history = new History(0)
    history.push(1, 'drag')
    history.push(2, 'drag')
    history.settle()
    history.push(3, 'drag')
    history.undo()
    expect(history.value).toBe(2)
    history.undo()
    expect([history.value, history.canUndo]).toEqual([0, false])
  })
  it('forgets what was undone when something new comes', () => {
    const history = new History(0)
    history.push(1)
    history.undo()
    history.push(5)
    expect(history.canRedo).toBe(false)
  })
})

describe('what site.yaml holds', () => {
  it('leaves out what is empty, and reads it back', () => {
    const scene = geometry.addedLine(EMPTY, [0, 0], [0, 1])
    expect(written(scene)).toEqual({ anchor: 'ground', lines: scene.lines })
    expect(whole(written(scene))).toEqual(scene)
    expect(whole(null)).toEqual(EMPTY)
  })
})

describe('contain', () => {
  it('puts a picture whole in the middle', () => {
    expect(contain(4, 3, { width: 160, height: 90 })).toEqual({ x: 20, y: 0, width: 120, height: 90 })
  })
})

describe('what is known of the ground', () => {
  const zone = { id: 'lane-1', polygon: [[0.1, 0.1], [0.2, 0.1], [0.2, 0.9]] as XY[] }

  it('is given once: points, or a camera and lengths', () => {
    const measured = geometry.addedLength(geometry.addedGround(EMPTY, [0.5, 0.5]), [0.1, 0.1], [0.2, 0.2])
    expect(measured.calibration).toEqual({ lengths: [{ a: [0.1, 0.1], b: [0.2, 0.2], metres: 3 }] })
    expect(geometry.addedGround(measured, [0.4, 0.4]).calibration).toEqual({ points: [{ image: [0.4, 0.4], ground: [0, 0] }] })
  })

  it('has its points all on the map or all in metres', () => {
    const mapped = geometry.placedOn(geometry.addedGround(EMPTY, [0.5, 0.5]), true)
    const two = geometry.addedGround(mapped, [0.6, 0.6])
    expect(two.calibration?.points?.map((one) => Object.keys(one).sort())).toEqual([['image', 'map'], ['image', 'map']])
  })

  it('moves and loses the ends of a length', () => {
    const scene = geometry.addedLength(EMPTY, [0.1, 0.1], [0.2, 0.2])
    const moved = geometry.moved(scene, { kind: 'length', index: 0, point: 1 }, 0.1, 0)
    expect(moved.calibration?.lengths?.[0]?.b).toEqual([0.3, 0.2])
    expect(geometry.without({ scene, rules: [] }, { kind: 'length', index: 0, point: null }).scene.calibration).toBeNull()
  })

  it('wants three lengths, or one with a camera', () => {
    const scene = geometry.addedLength(EMPTY, [0.1, 0.1], [0.2, 0.2])
    expect(geometry.problemsOf({ scene, rules: [] })).toEqual([{ kind: 'fewLengths' }])
    const camera = { focal: 1, pitch_deg: 20, height_m: 8, focal_sigma: 0.1, pitch_sigma_deg: 1, roll_sigma_deg: 1, height_sigma_m: 1 }
    expect(geometry.problemsOf({ scene: geometry.withCalibration(scene, { camera }), rules: [] })).toEqual([])
  })

  it('wants to know which way a lane leads', () => {
    const scene = geometry.withUse({ ...EMPTY, zones: [zone] }, 0, 'lane')
    expect(geometry.problemsOf({ scene, rules: [] })).toEqual([{ kind: 'noHeading', name: 'lane-1' }])
    const led = geometry.withHeading(scene, 0, [[0.15, 0.1], [0.15, 0.9]])
    expect(geometry.problemsOf({ scene: led, rules: [] })).toEqual([])
    expect(geometry.without({ scene: led, rules: [] }, { kind: 'heading', index: 0, point: 1 }).scene.zones[0]?.heading).toBeUndefined()
  })

  it('takes a proposal beside what is drawn, under names that are free', () => {
    const drawn = { ...EMPTY, zones: [zone], lines: [{ id: 'line-1', a: [0, 0.5] as XY, b: [1, 0.5] as XY }] }
    const made = geometry.accepted(drawn, {
      zones: [{ ...zone, use: 'lane' }],
      lines: [{ id: 'line-1', a: [0, 0.2], b: [1, 0.2] }, { id: 'line-2', a: [0, 0.8], b: [1, 0.8] }],
      movements: [{ id: 'line-1-to-line-2', from: 'line-1', to: 'line-2' }],
    })
    expect(made.zones.map(({ id }) => id)).toEqual(['lane-1', 'lane-2'])
    expect(made.lines.map(({ id }) => id)).toEqual(['line-1', 'line-2', 'line-3'])
    expect(made.movements).toEqual([{ id: 'line-2-to-line-3', from: 'line-2', to: 'line-3' }])
  })
})
