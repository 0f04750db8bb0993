/* The editor's state: the drawing, what is chosen, the tool, the shape begun. */
import { EMPTY } from '../lib/scenes'
import type { Rule, Scene, XY } from '../lib/types'
import * as geometry from './geometry'
import { History } from './history'

export type Tool = 'select' | geometry.Kind

export class Editor {
  model = $state.raw<geometry.Model>({ scene: EMPTY, rules: [] })
  tool = $state<Tool>('select')
  chosen = $state.raw<geometry.Ref | null>(null)
  /** Points of the shape that is being drawn. */
  draft = $state.raw<XY[]>([])
  /** The cross while drawing: under the pointer, or moved by the arrow keys. */
  cursor = $state.raw<XY | null>(null)
  /** The zone whose heading is being drawn. */
  private headed = 0
  canUndo = $state(false)
  canRedo = $state(false)
  private saved = $state.raw<geometry.Model | null>(null)
  private history = new History<geometry.Model>(this.model)

  get scene(): Scene {
    return this.model.scene
  }
  get dirty(): boolean {
    return this.saved !== null && JSON.stringify(this.model) !== JSON.stringify(this.saved)
  }
  get rulesChanged(): boolean {
    return JSON.stringify(this.model.rules) !== JSON.stringify(this.saved?.rules ?? [])
  }

  load(model: geometry.Model): void {
    this.history = new History(model)
    this.saved = model
    this.chosen = null
    this.draft = []
    this.show()
  }

  markSaved(): void {
    this.saved = this.model
  }

  use(tool: Tool): void {
    this.tool = tool
    this.draft = []
    if (tool !== 'select') this.chosen = null
    this.cursor = null
  }

  /** Begins to draw the way traffic goes in a zone. */
  drawHeading(zone: number): void {
    this.use('heading')
    this.headed = zone
  }

  choose(ref: geometry.Ref | null): void {
    this.chosen = ref
    this.history.settle()
  }

  change(scene: Scene, key = ''): void {
    this.put({ ...this.model, scene }, key)
  }

  changeRules(rules: Rule[], key = ''): void {
    this.put({ ...this.model, rules }, key)
  }

  put(model: geometry.Model, key = ''): void {
    this.history.push(model, key)
    this.show()
  }

  moveBy(ref: geometry.Ref, dx: number, dy: number): void {
    const key = `move ${ref.kind} ${ref.index} ${ref.point}`
    this.change(geometry.moved(this.scene, ref, dx, dy), key)
  }

  settle(): void {
    this.history.settle()
  }

  /** A point set while drawing. Ends the shape where it is complete. */
  place(at: XY): void {
    const point = geometry.clamped(at)
    if (this.tool === 'ground') {
      this.change(geometry.addedGround(this.scene, point))
      this.chosen = { kind: 'ground', index: (this.scene.calibration?.points?.length ?? 1) - 1, point: 0 }
      return
    }
    const [first] = this.draft
    if (this.tool === 'line' && first) {
      if (Math.hypot(point[0] - first[0], point[1] - first[1]) < 0.01) return
      this.change(geometry.addedLine(this.scene, first, point))
      this.end({ kind: 'line', index: this.scene.lines.length - 1, point: null })
      return
    }
    if (this.tool === 'length' && first) {
      if (Math.hypot(point[0] - first[0], point[1] - first[1]) < 0.01) return
      this.change(geometry.addedLength(this.scene, first, point))
      this.end({ kind: 'length', index: (this.scene.calibration?.lengths?.length ?? 1) - 1, point: null })
      return
    }
    const last = this.draft.at(-1)
    if (last && last[0] === point[0] && last[1] === point[1]) {
      this.finish()
      return
    }
    this.draft = [...this.draft, point]
  }

  /** Closes the zone being drawn, if it has three corners; ends a heading of two places. */
  finish(): void {
    const kind = this.tool
    if (kind === 'heading' && this.draft.length >= 2) {
      this.change(geometry.withHeading(this.scene, this.headed, this.draft))
      this.end({ kind, index: this.headed, point: null })
      return
    }
    if ((kind !== 'zone' && kind !== 'private') || this.draft.length < 3) return
    this.change(geometry.addedZone(this.scene, kind, this.draft))
    this.end({ kind, index: geometry.zonesOf(this.scene, kind).length - 1, point: null })
  }

  /** Escape: first the shape begun, then the tool, then the choice. */
  cancel(): boolean {
    if (this.draft.length) this.draft = []
    else if (this.tool !== 'select') this.use('select')
    else if (this.chosen) this.chosen = null
    else return false
    return true
  }

  remove(ref: geometry.Ref | null = this.chosen): void {
    if (this.draft.length) {
      this.draft = this.draft.slice(0, -1)
      return
    }
    if (!ref) return
    this.put(geometry.without(this.model, ref))
    this.chosen = null
  }

  undo(): void {
    if (this.draft.length) {
      this.draft = this.draft.slice(0, -1)
      return
    }
    this.history.undo()
    this.chosen = null
    this.show()
  }

  redo(): void {
    this.history.redo()
    this.chosen = null
    this.show()
  }

  private end(made: geometry.Ref): void {
    this.use('select')
    this.chosen = made
  }

  private show(): void {
    this.model = this.history.value
    this.canUndo = this.history.canUndo
    this.canRedo = this.history.canRedo
  }
}
