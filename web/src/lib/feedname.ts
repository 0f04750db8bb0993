/* A name for a feed out of its address, and what its address says of its kind. Pure. */

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

export function isFeedName(text: string): boolean {
  return NAME.test(text)
}

/** Credentials typed into an address: `rtsp://user:secret@host/...`. */
export function splitCredentials(address: string): { source: string; username: string; password: string } {
  const found = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@(.*)$/i.exec(address.trim())
  if (!found) return { source: address.trim(), username: '', password: '' }
  const [, scheme = '', who = '', rest = ''] = found
  const colon = who.indexOf(':')
  const plain = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }
  const username = plain(colon < 0 ? who : who.slice(0, colon))
  return { source: scheme + rest, username, password: colon < 0 ? '' : plain(who.slice(colon + 1)) }
}

/** The last part of the address that is a word, or its host; free of what is taken. */
export function suggestName(address: string, taken: readonly string[]): string {
  const { source } = splitCredentials(address)
  const [host = '', ...path] = source.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').split(/[/?#]/)
  const words = path.map((part) => slug(part.replace(/\.[a-z0-9]{2,5}$/i, ''))).filter((part) => /[a-z]/.test(part))
  const isFile = !/^[a-z][a-z0-9+.-]*:\/\//i.test(source)
  const last = words.at(-1) ?? ''
  const plain = ['stream', 'stream1', 'live', 'video', 'index', 'snapshot', 'h264', 'main', 'media']
  const name = last && (isFile || !plain.includes(last)) ? last : slug(isFile ? last || host : host.replace(/:\d+$/, ''))
  const base = (name || 'feed').slice(0, 56).replace(/-+$/, '')
  if (!taken.includes(base)) return base
  for (let n = 2; ; n += 1) if (!taken.includes(`${base}-${n}`)) return `${base}-${n}`
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

export function isRtsp(address: string): boolean {
  return /^rtsps?:/i.test(address.trim())
}

export function isFile(address: string): boolean {
  const text = address.trim()
  return text !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(text) && !text.startsWith('/dev/')
}
