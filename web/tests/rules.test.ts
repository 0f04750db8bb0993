import { describe, expect, it } from 'vitest'
import { KINDS, freshRule, isBound, kindOf, placesFor } from '../src/lib/rules'
import { EMPTY } from '../src/lib/scenes'
import { t } from '../src/lib/texts'
import type { Scene } from '../src/lib/types'

const drawn: Scene = {
  ...EMPTY,
  lines: [{ id: 'median', a: [0, 0.5], b: [1, 0.5] }],
  zones: [
    { id: 'square', polygon: [[0, 0], [1, 0], [1, 1]] },
    { id: 'lane-1', polygon: [[0, 0], [1, 0], [1, 1]], use: 'lane', heading: [[0, 0], [1, 1]] },
  ],
}

describe('rules', () => {
  it('have words for every kind and field', () => {
    for (const { kind, fields } of KINDS) {
      expect(t.rules.kinds[kind as keyof typeof t.rules.kinds], kind).toBeTruthy()
      for (const { name } of fields) expect(t.rules.fields[name], name).toBeTruthy()
    }
  })

  it('look where they can', () => {
    const kind = (name: string) => kindOf({ kind: name })!
    expect(placesFor(kind('stopped'), drawn)).toEqual(['square', 'lane-1'])
    expect(placesFor(kind('queue'), drawn)).toEqual(['lane-1'])
    expect(placesFor(kind('closed_line'), drawn)).toEqual(['median'])
  })

  it('begin with a place only where they need one', () => {
    expect(freshRule(kindOf({ kind: 'queue' })!, drawn)).toEqual({ kind: 'queue', zone: 'lane-1', more_than: 10, for_s: 30 })
    expect(freshRule(kindOf({ kind: 'closed_line' })!, drawn)).toEqual({ kind: 'closed_line', line: 'median' })
    expect(freshRule(kindOf({ kind: 'stopped' })!, drawn)).toEqual({ kind: 'stopped', min_stop_s: 10 })
    for (const kind of KINDS) expect(freshRule(kind, EMPTY) === null, kind.kind).toBe(isBound(kind))
  })

  it('start within their bounds', () => {
    for (const { fields } of KINDS) {
      for (const { start, min, max } of fields) expect(start >= min && start <= max).toBe(true)
    }
  })
})
