/* The one WebSocket for all live tiles. A tile has one credit: it is given back after painting,
 * so a slow browser gets fewer pictures and never old ones. No DOM here: the socket, the timers
 * and the painting are handed in, and the tests hand in their own. */
import type { FeedStatus, Incident, PictureHeader, Site } from './types'

export interface Picture {
  header: PictureHeader
  jpeg: Uint8Array<ArrayBuffer>
}

export interface SocketLike {
  binaryType: BinaryType
  onopen: (() => void) | null
  onclose: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  send(text: string): void
  close(): void
}

export interface Timers {
  after(ms: number, run: () => void): number
  cancel(id: number): void
  random(): number
}

export interface Listener {
  status(feeds: FeedStatus[], site: Site | null): void
  event(incident: Incident): void
  connected(yes: boolean, reason: string): void
}

export interface Tile {
  width: number
  fps: number
  paint: (picture: Picture) => Promise<void>
}

interface Wanted extends Tile {
  painting: boolean
  waiting: Picture | null
}

const FIRST_RETRY_MS = 400
const LAST_RETRY_MS = 8000

/** A binary message: 4 bytes of length, big-endian, the JSON header, the JPEG. */
export function unpack(data: ArrayBuffer): Picture {
  const length = new DataView(data).getUint32(0)
  if (length > data.byteLength - 4) throw new RangeError('the header is longer than the message')
  const text = new TextDecoder().decode(new Uint8Array(data, 4, length))
  return { header: JSON.parse(text) as PictureHeader, jpeg: new Uint8Array(data, 4 + length) }
}

export class LiveClient {
  private socket: SocketLike | null = null
  private ready = false
  private closed = true
  private tries = 0
  private retry = 0
  private telling = 0
  private reason = ''
  private readonly tiles = new Map<string, Wanted>()

  constructor(
    private readonly open: () => SocketLike,
    private readonly timers: Timers,
    private readonly listener: Listener,
  ) {}

  start(): void {
    if (!this.closed) return
    this.closed = false
    this.connect()
  }

  stop(): void {
    this.closed = true
    this.timers.cancel(this.retry)
    this.socket?.close()
    this.socket = null
    this.ready = false
  }

  /** Asks for pictures of a feed. A second call for the same feed changes width, fps and painter. */
  want(feed: string, tile: Tile): void {
    const before = this.tiles.get(feed)
    this.tiles.set(feed, { painting: false, waiting: null, ...before, ...tile })
    if (before?.width !== tile.width || before.fps !== tile.fps) this.tellSoon()
  }

  /** painter: drop only if it still is this one's tile, so that a tile that moved keeps its feed. */
  drop(feed: string, painter?: Tile['paint']): void {
    if (painter && this.tiles.get(feed)?.paint !== painter) return
    if (this.tiles.delete(feed)) this.tellSoon()
  }

  private connect(): void {
    const socket = this.open()
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      this.ready = true
      this.tries = 0
      this.reason = ''
      this.listener.connected(true, '')
      this.tell()
    }
    socket.onmessage = (event) => this.receive(event.data)
    socket.onclose = () => this.lost(socket)
  }

  private lost(socket: SocketLike): void {
    if (this.socket !== socket) return
    this.ready = false
    this.socket = null
    for (const tile of this.tiles.values()) tile.waiting = null
    if (this.closed) return
    this.listener.connected(false, this.reason)
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.tries)
    this.tries += 1
    this.retry = this.timers.after(longest * (0.5 + this.timers.random() / 2), () => this.connect())
  }

  private receive(data: unknown): void {
    if (data instanceof ArrayBuffer) this.picture(unpack(data))
    else if (typeof data === 'string') this.message(JSON.parse(data) as Record<string, unknown>)
  }

  private message(message: Record<string, unknown>): void {
    if (message['op'] === 'status') {
      const feeds = (message['feeds'] as FeedStatus[] | undefined) ?? []
      this.listener.status(feeds, (message['site'] as Site | undefined) ?? null)
    } else if (message['op'] === 'event') {
      this.listener.event(message['incident'] as Incident)
    } else if (message['op'] === 'closed') {
      this.reason = String(message['reason'] ?? '')
    }
  }

  private picture(picture: Picture): void {
    const tile = this.tiles.get(picture.header.feed)
    if (!tile) return
    if (tile.painting) tile.waiting = picture
    else void this.paint(picture, tile)
  }

  private async paint(picture: Picture, tile: Wanted): Promise<void> {
    const feed = picture.header.feed
    tile.painting = true
    try {
      await tile.paint(picture)
    } catch {
      /* a picture that cannot be decoded is worth no more than the next one */
    }
    tile.painting = false
    // The tile may have been asked for anew meanwhile: the credit belongs to the feed.
    const now = this.tiles.get(feed)
    if (!now) return
    now.painting = false
    if (this.ready) this.socket?.send(JSON.stringify({ op: 'painted', feed }))
    const next = now.waiting
    now.waiting = null
    if (next) void this.paint(next, now)
  }

  private tellSoon(): void {
    this.timers.cancel(this.telling)
    this.telling = this.timers.after(30, () => this.tell())
  }

  private tell(): void {
    if (!this.ready) return
    const tiles = [...this.tiles].map(([feed, { width, fps }]) => ({ feed, width, fps }))
    this.socket?.send(JSON.stringify({ op: 'want', tiles }))
  }
}
