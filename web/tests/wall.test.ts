import { describe, expect, it } from 'vitest'
import { isFeedName, splitCredentials, suggestName } from '../src/lib/feedname'
import { columnsOf, fpsOf, layoutOf, ordered, pageOf } from '../src/lib/wall'

describe('the wall', () => {
  it('puts alerting feeds first and keeps names in order', () => {
    expect(ordered(['b10', 'b2', 'a'], (feed) => feed === 'b10')).toEqual(['b10', 'a', 'b2'])
  })
  it('has the next larger layout, and 64 at most', () => {
    expect([layoutOf(undefined, 9), layoutOf('10', 9), layoutOf('999', 9), layoutOf('x', 4)]).toEqual([9, 16, 64, 4])
    expect([1, 4, 64].map(columnsOf)).toEqual([1, 2, 8])
    expect(fpsOf(64)).toBeLessThan(fpsOf(4))
  })
  it('pages, and stays in range when feeds go', () => {
    const feeds = Array.from({ length: 10 }, (_, i) => `f${i}`)
    expect(pageOf(feeds, 4, 3)).toMatchObject({ page: 3, pages: 3, from: 9, to: 10, feeds: ['f8', 'f9'] })
    expect(pageOf(feeds, 4, 99).page).toBe(3)
    expect(pageOf([], 4, 1)).toMatchObject({ from: 0, to: 0, feeds: [] })
  })
})

describe('feed names', () => {
  it.each([
    ['rtsp://192.168.1.20/stream1', '192-168-1-20'],
    ['rtsp://cam.example:554/north-gate', 'north-gate'],
    ['recordings/Main Street.mp4', 'main-street'],
    ['https://host/live/bridge/index.m3u8', 'host'],
    ['', 'feed'],
  ])('%s suggests %s', (address, name) => {
    expect(suggestName(address, [])).toBe(name)
    expect(isFeedName(suggestName(address, []))).toBe(true)
  })
  it('is free of what is taken', () => {
    expect(suggestName('rtsp://h/gate', ['gate', 'gate-2'])).toBe('gate-3')
  })
  it('takes credentials out of the address', () => {
    expect(splitCredentials('rtsp://us%40er:p%3Aw@h:554/s')).toEqual({ source: 'rtsp://h:554/s', username: 'us@er', password: 'p:w' })
    expect(splitCredentials('rtsp://h/s@x')).toEqual({ source: 'rtsp://h/s@x', username: '', password: '' })
    expect(splitCredentials('rtsp://user:p@ss@h/s').source).toBe('rtsp://h/s')
  })
})
