import { describe, expect, it } from 'vitest'
import { bitrate, duration, keyWords, kindWords, measured, percent, short, wait, withUnit } from '../src/lib/format'
import { t } from '../src/lib/texts'

describe('numbers', () => {
  it.each([
    [1, '100 %'], [0.9999, '99 %'], [0.5, '50 %'], [0.001, '<1 %'], [0, '0 %'], [null, '–'], [Number.NaN, '–'],
  ])('share %s is %s', (share, text) => expect(percent(share)).toBe(text))
  it.each([
    [0.034, '0.03 s'], [4.26, '4.3 s'], [12, '12 s'], [119, '119 s'], [600, '10 min'], [7260, '2 h 1 min'], [200_000, '2 d 7 h'], [-3, '−3.0 s'], [null, '–'],
  ])('%s s is %s', (seconds, text) => expect(duration(seconds)).toBe(text))
  it.each([[0.3, '1 s'], [3.2, '4 s']])('waiting %s is %s', (seconds, text) => expect(wait(seconds)).toBe(text))
  it('shows as many digits as say something', () => {
    expect([0.0423, 0.42, 4.23, 423.4, 4200].map(short)).toEqual(['0.042', '0.42', '4.2', '423', '4,200'])
  })
  it('has bit rates', () => expect([bitrate(820), bitrate(4200)]).toEqual(['820 kbit/s', '4.2 Mbit/s']))
})

describe('units', () => {
  it.each([
    ['speed_mps', 8.4, '30 km/h (8.4 m/s)'],
    ['stopped_s', 34, '34 s'],
    ['score', 0.91, '91 %'],
    ['complete', false, 'no'],
    ['direction', 'forward', 'forward'],
    ['speed_mps', null, '–'],
    ['attempts', 3, '3'],
  ])('%s: %s is %s', (key, value, text) => expect(withUnit(key, value)).toBe(text))
  it('names keys and kinds', () => {
    expect(keyWords('travel_time_s')).toBe('Travel time')
    expect(kindWords('traffic.stopped_object')).toBe('Stopped object')
  })
  it('shows undefined as a dash and never as 0', () => {
    expect(measured(null, 'objects')).toBe('–')
    expect(measured(0, 'objects')).toBe('0')
    expect(measured(10, 'm/s')).toBe('36 km/h')
    expect(measured(2.6, 'level')).toBe('C')
  })
})

describe('texts', () => {
  it('counts in words', () => {
    expect(t.strip.others(1)).toBe('and 1 other')
    expect(t.import.apply(3)).toBe('Import 3 feeds')
  })
})
