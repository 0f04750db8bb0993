import { describe, expect, it } from 'vitest'
import { LiveClient, unpack, type Listener, type Picture, type SocketLike, type Timers } from '../src/lib/live'

class FakeSocket implements SocketLike {
  binaryType: BinaryType = 'blob'
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  sent: Record<string, unknown>[] = []
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }
  close(): void {
    this.onclose?.()
  }
  painted(): unknown[] {
    return this.sent.filter((one) => one['op'] === 'painted').map((one) => one['feed'])
  }
}

class FakeTimers implements Timers {
  private waiting = new Map<number, { ms: number; run: () => void }>()
  private next = 1
  after(ms: number, run: () => void): number {
    this.waiting.set(this.next, { ms, run })
    return this.next++
  }
  cancel(id: number): void {
    this.waiting.delete(id)
  }
  random(): number {
    return 1
  }
  /** Runs all that waits, and says for how long it would have waited. */
  fire(): number[] {
    const due = [...this.waiting.values()]
    this.waiting.clear()
    due.forEach(({ run }) => run())
    return due.map(({ ms }) => ms)
  }
}

function message(feed: string, n: number): ArrayBuffer {
  const header = new TextEncoder().encode(JSON.stringify({ feed, t_s: n, markings: [] }))
  const data = new Uint8Array(4 + header.length + 2)
  new DataView(data.buffer).setUint32(0, header.length)
  data.set(header, 4)
  data.set([0xff, 0xd8], 4 + header.length)
  return data.buffer
}

function setup() {
  const sockets: FakeSocket[] = []
  const timers = new FakeTimers()
  const heard: unknown[] = []
  const listener: Listener = {
    status: (feeds, site) => heard.push(['status', feeds, site]),
    event: (incident) => heard.push(['event', incident.id]),
    connected: (yes, reason) => heard.push(['connected', yes, reason]),
  }
  const client = new LiveClient(
    () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    timers,
    listener,
  )
  const last = (): FakeSocket => sockets.at(-1) as FakeSocket
  return { client, sockets, timers, heard, last }
}

/** A painter whose paintings end when they are told to. */
function painter() {
  const painted: number[] = []
  const ends: (() => void)[] = []
  const paint = (picture: Picture): Promise<void> => {
    painted.push(picture.header.t_s)
    return new Promise((done) => ends.push(done))
  }
  const end = async (): Promise<void> => {
    ends.shift()?.()
    await new Promise((done) => setTimeout(done, 0))
  }
  return { paint, painted, end }
}

describe('unpack', () => {
  it('splits header and JPEG', () => {
    const { header, jpeg } = unpack(message('a', 7))
    expect(header.t_s).toBe(7)
    expect([...jpeg]).toEqual([0xff, 0xd8])
  })
  it('refuses a header longer than the message', () => {
    const data = new Uint8Array(8)
    new DataView(data.buffer).setUint32(0, 99)
    expect(() => unpack(data.buffer)).toThrow(RangeError)
  })
})

describe('LiveClient', () => {
  it('asks for all tiles at once, after they have settled', () => {
    const { client, timers, last } = setup()
    const { paint } = painter()
    client.start()
    last().onopen?.()
    client.want('a', { width: 320, fps: 5, paint })
    client.want('b', { width: 320, fps: 5, paint })
    client.drop('b')
    timers.fire()
    expect(last().sent.at(-1)).toEqual({ op: 'want', tiles: [{ feed: 'a', width: 320, fps: 5 }] })
  })

  it('gives the credit back after painting, not before', async () => {
    const { client, last } = setup()
    const { paint, end } = painter()
    client.start()
    last().onopen?.()
    client.want('a', { width: 320, fps: 5, paint })
    last().onmessage?.({ data: message('a', 1) })
    expect(last().painted()).toEqual([])
    await end()
    expect(last().painted()).toEqual(['a'])
  })

  it('paints only the newest of what came while it was painting', async () => {
    const { client, last } = setup()
    const { paint, painted, end } = painter()
    client.start()
    last().onopen?.()
    client.want('a', { width: 320, fps: 5, paint })
    for (const n of [1, 2, 3, 4]) last().onmessage?.({ data: message('a', n) })
    await end()
    await end()
    expect(painted).toEqual([1, 4])
  })

  it('gives the credit back even if a picture cannot be decoded', async () => {
    const { client, last } = setup()
    client.start()
    last().onopen?.()
    client.want('a', { width: 320, fps: 5, paint: () => Promise.reject(new Error('no JPEG')) })
    last().onmessage?.({ data: message('a', 1) })
    await new Promise((done) => setTimeout(done, 0))
    expect(last().painted()).toEqual(['a'])
  })

  it('ignores pictures of feeds that nobody wants', async () => {
    const { client, last } = setup()
    const { paint, painted } = painter()
    client.start()
    last().onopen?.()
    client.want('a', { width: 320, fps: 5, paint })
    client.drop('a')
    last().onmessage?.({ data: message('a', 1) })
    expect(painted).toEqual([])
    expect(last().painted()).toEqual([])
  })

  it('keeps a tile whose feed another painter has taken over', () => {
    const { client, timers, last } = setup()
    const [first, second] = [painter(), painter()]
    client.start()
    last().onopen?.()
    client.want('a', { width: 320, fps: 5, paint: first.paint })
    client.want('a', { width: 640, fps: 12, paint: second.paint })
    client.drop('a', first.paint)
    timers.fire()
    expect(last().sent.at(-1)).toEqual({ op: 'want', tiles: [{ feed: 'a', width: 640, fps: 12 }] })
  })

  it('comes back after a loss, waits longer each time, and asks again', () => {
    const { client, sockets, timers, heard, last } = setup()
    const { paint } = painter()
    client.start()
    last().onopen?.()
    client.want('a', { width: 320, fps: 5, paint })
    timers.fire()
    last().onmessage?.({ data: JSON.stringify({ op: 'closed', reason: 'session revoked' }) })
    last().onclose?.()
    expect(heard.at(-1)).toEqual(['connected', false, 'session revoked'])
    const waits = [timers.fire()[0]]
    last().onclose?.()
    waits.push(timers.fire()[0])
    last().onopen?.()
    expect(waits).toEqual([400, 800])
    expect(sockets).toHaveLength(3)
    expect(last().sent.at(-1)).toEqual({ op: 'want', tiles: [{ feed: 'a', width: 320, fps: 5 }] })
  })

  it('stays away once it was stopped', () => {
    const { client, sockets, timers, last } = setup()
    client.start()
    last().onopen?.()
    client.stop()
    timers.fire()
    expect(sockets).toHaveLength(1)
  })

  it('passes on statuses and events', () => {
    const { client, heard, last } = setup()
    client.start()
    last().onmessage?.({ data: JSON.stringify({ op: 'status', feeds: [{ feed: 'a' }] }) })
    last().onmessage?.({ data: JSON.stringify({ op: 'event', incident: { id: 'x' } }) })
    expect(heard).toEqual([
      ['status', [{ feed: 'a' }], null],
      ['event', 'x'],
    ])
  })
})
