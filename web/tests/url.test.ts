import { describe, expect, it } from 'vitest'
import { changed, format, linkToken, names, parse, signInEnd, whole } from '../src/lib/url'

describe('addresses', () => {
  it.each([
    ['/', 'now', ''],
    ['/events', 'events', ''],
    ['/feeds/', 'feeds', ''],
    ['/feeds/north-gate/scene', 'scene', 'north-gate'],
    ['/feeds/north-gate', 'lost', ''],
    ['/feeds/a/scene/b', 'lost', ''],
    ['/nothing', 'lost', ''],
  ])('%s is %s', (path, page, feed) => {
    expect(parse(path, '')).toMatchObject({ page, feed })
  })
  it('reads back what it wrote', () => {
    const query = { kind: 'traffic.', place: 'a b&c' }
    const address = new URL(format('events', '', query), 'http://x')
    expect(parse(address.pathname, address.search)).toEqual({ page: 'events', feed: '', query })
    expect(parse(format('scene', 'ä/b'), '').feed).toBe('ä/b')
  })
  it('drops what is empty and keeps one order', () => {
    expect(format('events', '', { z: '1', a: '', b: '2' })).toBe('/events?b=2&z=1')
    expect(changed({ a: '1', b: '2' }, { a: null, c: '3' })).toEqual({ b: '2', c: '3' })
  })
  it('survives broken escapes', () => {
    expect(parse('/feeds/%E0%A4%A/scene', '').page).toBe('scene')
  })
  it('knows how a sign-in ended', () => {
    expect(signInEnd('#sign-in=refused')).toBe('refused')
    expect(signInEnd('#sign-in=failed')).toBe('failed')
    expect(signInEnd('#sign-in=<b>')).toBe('')
    expect(signInEnd('')).toBe('')
  })
  it('reads names', () => {
    expect(names(' harbour, bridge  quay,')).toEqual(['harbour', 'bridge', 'quay'])
    expect(names(' , ')).toBeNull()
  })
  it('finds the one-time link', () => {
    expect(linkToken('#link=abc_-123')).toBe('abc_-123')
    expect(linkToken('#other')).toBe('')
  })
  it('bounds whole numbers', () => {
    expect(whole('7', 1, 1, 5)).toBe(5)
    expect(whole('1.5', 3, 1, 5)).toBe(3)
    expect(whole(undefined, 3, 1, 5)).toBe(3)
  })
})
