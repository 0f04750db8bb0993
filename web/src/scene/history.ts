/* Undo and redo over values. */
const KEPT = 200

export class History<T> {
  private past: T[] = []
  private future: T[] = []

  constructor(private present: T) {}

  get value(): T {
    return this.present
  }
  get canUndo(): boolean {
    return this.past.length > 0
  }
  get canRedo(): boolean {
    return this.future.length > 0
  }

  /** A new value that can be undone. key: changes of the same key in a row are one step. */
  push(value: T, key = ''): void {
    if (value === this.present) return
    if (!key || key !== this.key || !this.past.length) this.past.push(this.present)
    if (this.past.length > KEPT) this.past.shift()
    this.future = []
    this.present = value
    this.key = key
  }

  undo(): void {
    const before = this.past.pop()
    if (before === undefined) return
    this.future.push(this.present)
    this.present = before
    this.key = ''
  }

  redo(): void {
    const after = this.future.pop()
    if (after === undefined) return
    this.past.push(this.present)
    this.present = after
    this.key = ''
  }

  /** The run of changes with one key is over. */
  settle(): void {
    this.key = ''
  }

  private key = ''
}
