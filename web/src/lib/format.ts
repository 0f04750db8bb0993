/* Numbers, units and times for people. Everything here is pure. */

const NONE = '–'

export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** As many digits as say something: 0.042, 4.2, 42, 4,200. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE
  const size = Math.abs(value)
  if (Number.isInteger(value)) return number(value)
  return number(value, size < 0.1 ? 3 : size < 1 ? 2 : size < 100 ? 1 : 0)
}

/** A share as per cent. 0.999 is not 100 %: what is not whole never looks whole. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE
  const value = share * 100
  if (value > 99 && value < 100) return '99 %'
  if (value > 0 && value < 1) return '<1 %'
  return `${Math.round(value)} %`
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE
  const s = Math.abs(seconds)
  const sign = seconds < 0 ? '−' : ''
  if (s < 1) return `${sign}${s.toFixed(2)} s`
  if (s < 10) return `${sign}${s.toFixed(1)} s`
  if (s < 120) return `${sign}${Math.round(s)} s`
  const minutes = Math.round(s / 60)
  if (minutes < 120) return `${sign}${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${sign}${hours} h ${minutes % 60} min`
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** Seconds to go, whole: a countdown that shows tenths only flickers. */
export function wait(seconds: number): string {
  return `${Math.max(1, Math.ceil(seconds))} s`
}

export function bitrate(kbps: number | null | undefined): string {
  if (kbps === null || kbps === undefined || !Number.isFinite(kbps)) return NONE
  return kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${Math.round(kbps)} kbit/s`
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const LONG = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

export function clock(time: string | number | Date, withSeconds = true): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return NONE
  return (withSeconds ? TIME : MINUTE).format(date)
}

export function moment(time: string | number | Date, now = Date.now()): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return NONE
  const today = new Date(now).toDateString() === date.toDateString()
  return today ? TIME.format(date) : `${DAY.format(date)} ${TIME.format(date)}`
}

export function full(time: string | number | Date): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? NONE : LONG.format(date)
}

/** The local time that an <input type="datetime-local"> shows. */
export function localInput(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return ''
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

export function fromLocalInput(text: string): string {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

const UNIT_OF_SUFFIX: [string, (value: number) => string][] = [
  ['_mps', (v) => `${number(v * 3.6, 0)} km/h (${number(v, 1)} m/s)`],
  ['_kmh', (v) => `${number(v, 0)} km/h`],
  ['_kbps', (v) => bitrate(v)],
  ['_s', (v) => duration(v)],
  ['_m', (v) => `${number(v, 1)} m`],
  ['_px', (v) => `${number(v)} px`],
  ['_per_m2', (v) => `${number(v, 2)} per m²`],
]

/** A value of an event's data with its unit, which the end of its name says. */
export function withUnit(key: string, value: unknown): string {
  if (typeof value === 'number') {
    const found = UNIT_OF_SUFFIX.find(([suffix]) => key.endsWith(suffix))
    if (found) return found[1](value)
    if (key === 'score' || key === 'coverage') return percent(value)
    return short(value)
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (value === null || value === undefined || value === '') return NONE
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A measurement's value in its unit. Speeds are shown in km/h. */
export function measured(value: number | null, unit: string): string {
  if (value === null) return NONE
  if (unit === 'm/s') return `${number(value * 3.6, 0)} km/h`
  if (unit === 's') return duration(value)
  if (unit === '1' || unit === 'share') return percent(value)
  if (unit === 'objects') return short(value)
  // Level of service: 1 is A, 6 is F.
  if (unit === 'level') return 'ABCDEF'[Math.min(5, Math.max(0, Math.round(value) - 1))] ?? NONE
  return `${short(value)} ${unit}`
}

/** What the end of a key says of its unit is no word: `stopped_s` is "stopped". */
export function keyWords(key: string): string {
  const bare = key.replace(/_(mps|kmh|s|m|px|kbps|per_m2)$/, '')
  const words = bare.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The first letter large, as a heading wants it. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** traffic.stopped_object -> "Stopped object". */
export function kindWords(kind: string): string {
  return keyWords(kind.split('.').pop() ?? kind)
}
