/* A stand-in for the server that speaks its contract over the made-up world, so that the page's
 * tests need nothing but Node and a browser. Run alone: node e2e/house.mjs [port]. */
import { createServer } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FRAMES } from './pictures.mjs'
import { accept } from './socket.mjs'
import { JUNCTION, turningCounts, usual } from './traffic.mjs'
import { FEEDS, objectsAt } from './world.mjs'

const STATIC = join(dirname(fileURLToPath(import.meta.url)), '../../src/wayside/web/static')
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const MINUTE = 60_000

class Problem extends Error {
  constructor(status, detail, remedy = '', errors = []) {
    super(detail)
    Object.assign(this, { status, detail, remedy, errors })
  }
}

const iso = (time) => new Date(time).toISOString()
const chance = (seed) => ((Math.sin(seed * 12.9898) * 43758.5453) % 1 + 1) % 1

function firstScene(feed) {
  const lines = feed === 'square' || feed === 'shop-door'
    ? [{ id: 'entrance', a: [0.5, 0.9], b: [0.5, 0.45] }]
    : [{ id: 'eastbound', a: [0.42, 0.66], b: [0.42, 0.47] }, { id: 'westbound', a: [0.6, 0.66], b: [0.6, 0.83] }]
  const zones = ['square', 'car-park', 'junction'].includes(feed) ? [{ id: 'box', polygon: [[0.62, 0.5], [0.92, 0.5], [0.95, 0.85], [0.6, 0.85]] }] : []
  const movements = feed === 'junction' ? [{ id: 'through', from: 'eastbound', to: 'westbound' }] : []
  return { anchor: 'ground', lines, zones, movements, calibration: null, private_zones: [] }
}

function words(event) {
  const article = /^[aeiou]/.test(event.class ?? '') ? 'An' : 'A'
  if (event.kind === 'traffic.line_crossing') return `${article} ${event.class} crossed ${event.place} ${event.data.direction}`
  if (event.kind === 'traffic.stopped_object') return `${article} ${event.class} stood still for ${event.data.stopped_s} s in zone ${event.place}`
  if (event.kind === 'health.frozen') return `The picture of ${event.feed} is frozen`
  return `The connection to ${event.feed} was lost`
}

export class House {
  constructor({ pictures, feeds = FEEDS, signIn = false }) {
    Object.assign(this, { pictures, signIn, version: 1, user: null, mustCreate: false, next: 1, viewers: new Set(), events: [] })
    this.began = Date.now()
    this.feeds = new Map(feeds.map((id) => [id, { id, kind: 'file', source: `town/${id}.mp4`, transport: null, loop: true }]))
    this.scenes = new Map(feeds.map((id) => [id, firstScene(id)]))
    this.rules = new Map(feeds.map((id) => [id, id === 'car-park' ? [{ kind: 'stopped', zone: 'box', min_stop_s: 10 }] : []]))
    if (feeds.length) for (let i = 180; i > 0; i -= 1) this.happen(Date.now() - i * 19_000, i)
  }

  happen(time, seed) {
    const ids = [...this.feeds.keys()].filter((id) => !['flaky', 'frozen'].includes(id) && this.scenes.get(id).lines?.length)
    const feed = ids[Math.floor(chance(seed) * ids.length)]
    if (!feed) return null
    const lines = this.scenes.get(feed).lines
    const line = lines[Math.floor(chance(seed + 1) * lines.length)]
    const labels = objectsAt(feed, 0).map((one) => one.label)
    const event = { kind: 'traffic.line_crossing', feed, place: line.id, severity: 'info', phase: 'instant', class: labels[Math.floor(chance(seed + 2) * labels.length)], end: iso(time), data: { line: line.id, direction: chance(seed + 3) > 0.4 ? 'forward' : 'backward', score: 0.91, t_s: 512.4, speed_mps: 8.4, track: 4121 } }
    if (seed % 17 === 3) Object.assign(event, { kind: 'traffic.stopped_object', place: 'box', feed: 'car-park', severity: 'warning', phase: seed % 2 ? 'open' : 'close', class: 'car', data: { zone: 'box', stopped_s: 34, t_s: 200.4 } })
    if (seed % 41 === 5) Object.assign(event, { kind: 'health.frozen', feed: 'frozen', place: '', severity: 'warning', phase: 'open', class: null, data: {} })
    if (seed % 53 === 7) Object.assign(event, { kind: 'health.lost', feed: 'flaky', place: '', severity: 'critical', phase: 'close', class: null, data: { reason: 'no picture for 5 s' } })
    if (event.phase === 'open') event.end = null
    const incident = { id: `0192-${this.next++}`, start: iso(time), has_still: event.kind.startsWith('traffic.'), has_clip: false, acknowledged: null, ...event }
    incident.words = words(incident)
    this.events.unshift(incident)
    return incident
  }

  status(id) {
    const flaky = id === 'flaky'
    const frozen = id === 'frozen'
    return {
      feed: id, state: flaky ? 'retrying' : 'live', reason: flaky ? 'No answer from 192.168.1.31 within 5 s' : '', since: iso(this.began - 4 * MINUTE), session: 's',
      attempt: flaky ? 3 : 0, next_try_s: flaky ? 4 - ((Date.now() / 1000) % 4) : null, codec: 'h264', width: 640, height: 360,
      fps_in: flaky ? 0 : 25 + Math.sin(Date.now() / 4000 + id.length) * 0.8, fps_analysed: flaky ? 0 : 4.9, bitrate_kbps: flaky ? 0 : 720 + id.length * 90, lag_s: flaky ? null : 0.14 + id.length / 100,
      last_frame: iso(Date.now()), received: 1, dropped: 0, corrupt: 0, reconnects: flaky ? 12 : 0, coverage: flaky ? 0.42 : frozen ? 0 : 0.995,
      conditions: frozen ? ['frozen'] : this.moved === id ? ['view_moved'] : [], clock_drift_s: null, cpu_ms_per_s: 22, worker: id.length % 2,
      attention: flaky ? 'none' : ['night', 'car-park'].includes(id) ? 'asleep' : id === 'rain' && this.slow ? 'keyframes' : 'watched', asleep: ['night', 'car-park'].includes(id) ? 0.83 : 0,
    }
  }

  site() {
    const all = [...this.feeds.keys()].map((id) => this.status(id))
    const of = (state) => all.filter((one) => one.state === state).length
    const looked = (attention) => all.filter((one) => one.attention === attention).length
    const slow = (worker) => this.slow && worker === 1
    return {
      site: 'demo-town', version: '0.2.0', config_version: String(this.version), started: iso(this.began - 90 * MINUTE), demo: this.feeds.has('junction'), redaction: { on: true, style: 'silhouette' },
      model: { name: 'wayside-road-416', why: 'carried by the package; no other was found' }, problems: this.problems ?? [], notices: this.notices ?? [],
      cores: 2, attention: { watched: looked('watched'), asleep: looked('asleep'), keyframes: looked('keyframes') },
      workers: [0, 1].map((worker) => ({ worker, pid: 4000 + worker, state: slow(worker) ? 'the worker is too slow: 62 % of the pictures that are wanted are looked at' : 'running', problem: '', load: slow(worker) ? 1.4 : 0.55, feeds: 5 - worker, restarts: worker, cpu: 0.45 + worker / 3, rss_mb: 312, redaction_failures: 0, stages: { decode: 0.11 + worker / 5, peek: 0.01, motion: 0.02, detect: 0.16 + worker / 10, track: 0.02, analyze: 0.01, redact: 0.03, clip: 0.02 } })),
      feeds: { total: all.length, live: of('live'), connecting: 0, retrying: of('retrying'), refused: 0, quarantined: 0, stopped: 0 }, lag_p95_s: 0.24, coverage: 0.96, dropped: 12, redaction_failures: this.blanked ?? 0,
    }
  }

  places() {
    return [...this.feeds.keys()].flatMap((feed) => (this.scenes.get(feed).lines ?? []).map((line) => ({ feed, place: line.id })))
  }

  counts(query) {
    const rows = []
    for (const { feed, place } of this.places()) {
      if (query.feed && query.feed !== feed) continue
      const labels = [...new Set(objectsAt(feed, 0).map((one) => one.label))]
      for (const direction of ['forward', 'backward']) {
        labels.forEach((label, i) => rows.push({ feed, place_kind: 'line', place, direction, class: label, count: Math.round((40 - i * 9) * chance(feed.length + place.length + i) * (direction === 'forward' ? 6 : 2)), coverage: feed === 'flaky' ? 0.42 : 0.99 }))
      }
    }
    return rows
  }

  measurements(query) {
    const [since, until, step] = [Date.parse(query.since), Date.parse(query.until), Number(query.step_s) * 1000]
    const speed = (query.metric ?? '').startsWith('speed')
    const series = []
    for (const row of this.counts(query)) {
      const points = []
      for (let time = Math.ceil(since / step) * step; time < until; time += step) {
        const gap = row.feed === 'flaky' && (time / step) % 7 < 3
        const value = speed ? 6 + 3 * chance(time / step) : Math.round((row.count / 12) * (0.5 + chance(time / step + row.count)))
        points.push([iso(time), gap ? null : value, gap ? 0 : (time / step) % 11 === 4 ? 0.6 : 1])
      }
      series.push({ feed: row.feed, place_kind: 'line', place: row.place, metric: query.metric, unit: speed ? 'm/s' : query.metric === 'time_occupancy' ? '%' : 'objects', class: row.class, direction: row.direction, points })
    }
    return { since: query.since, until: query.until, step_s: step / 1000, series: series.filter((one) => (!query.class || one.class === query.class) && (!query.place || one.place === query.place) && (!query.direction || one.direction === query.direction)) }
  }

  preview({ scene }) {
    const lines = Object.fromEntries((scene.lines ?? []).map((line) => [line.id, { forward: { car: Math.round(90 * Math.hypot(line.b[0] - line.a[0], line.b[1] - line.a[1])), person: 3 }, backward: { car: 7 } }]))
    const zones = Object.fromEntries((scene.zones ?? []).map((zone) => [zone.id, { visits: 21, median_dwell_s: 6.4 }]))
    return { since: iso(Date.now() - 60 * MINUTE), paths: 143, lines, zones, movements: Object.fromEntries((scene.movements ?? []).map((one) => [one.id, 12])) }
  }

  filtered(query) {
    return this.events.filter((one) => {
      return (
        (!query.kind || query.kind.split(',').some((kind) => (kind.endsWith('.') ? one.kind.startsWith(kind) : one.kind === kind))) &&
        ['feed', 'place', 'class', 'severity'].every((key) => !query[key] || one[key] === query[key]) &&
        (!query.acknowledged || String(one.acknowledged !== null) === query.acknowledged) &&
        (!query.since || one.start >= query.since) && (!query.until || one.start <= query.until)
      )
    })
  }

  jpeg(feed, time = Date.now() / 1000) {
    const frames = this.pictures[feed] ?? this.pictures.junction
    return frames[Math.floor((feed === 'frozen' ? 0 : time) * 8) % FRAMES]
  }

  feed(id) {
    const feed = this.feeds.get(id)
    if (!feed) throw new Problem(404, `There is no feed ${id}`, 'See the list of feeds')
    return { ...feed, scene: this.scenes.get(id), rules: this.rules.get(id), status: this.status(id) }
  }

  probe({ source }) {
    if (/uncovered/.test(source)) return { ok: true, codec: 'h264', width: 640, height: 360, rate: 25, seconds: 0.8, problem: '', remedy: '', withheld: 'uncoverable', still: null }
    if (/refused/.test(source)) return { ok: false, codec: '', width: 0, height: 0, rate: null, seconds: 1.2, problem: 'The source wants a user name and a password (401)', remedy: 'Enter those of the camera, not those of its web page', withheld: '', still: null }
    return { ok: true, codec: 'h264', width: 640, height: 360, rate: 25, seconds: 0.8, problem: '', remedy: '', withheld: '', still: `data:image/jpeg;base64,${this.jpeg('junction').toString('base64')}` }
  }

  add(body) {
    if (this.feeds.has(body.id)) throw new Problem(409, `There is a feed ${body.id} already`, 'Choose another name')
    this.feeds.set(body.id, { id: body.id, kind: body.source.startsWith('rtsp') ? 'rtsp' : 'file', source: body.source, transport: body.transport ?? null, loop: body.loop ?? false })
    this.scenes.set(body.id, { ...firstScene(body.id), lines: [], zones: [], movements: [] })
    this.rules.set(body.id, [])
    this.version += 1
    return this.feed(body.id)
  }

  importCsv(text, dry) {
    const [head, ...rows] = text.trim().split('\n').map((line) => line.split(','))
    const problems = rows.flatMap((row, i) => (row.length === head.length ? [] : [{ row: i + 2, what: `${row.length} values for ${head.length} columns`, remedy: 'Put a comma between all values' }]))
    const added = problems.length ? [] : rows.map(([id]) => id)
    if (!dry && !problems.length) for (const [id, source] of rows) this.add({ id, source })
    return { added, updated: [], unchanged: [], problems }
  }

  setPart(id, part, body, etag) {
    this.feed(id)
    if (etag !== `"${this.version}"`) throw new Problem(412, 'The configuration has changed meanwhile', 'Load it anew')
    this[part === 'scene' ? 'scenes' : 'rules'].set(id, body)
    this.version += 1
    return body
  }

  event(id) {
    const found = this.events.find((one) => one.id === id)
    if (!found) throw new Problem(404, 'There is no such event')
    return found
  }

  route(method, parts, query, body, headers) {
    const [first, id, third, fourth] = parts
    const key = `${method} ${first}${id ? '/:' : ''}${third ? `/${third}` : ''}${fourth ? `/${fourth}` : ''}`
    const page = (items) => ({ items, next: null })
    const routes = {
      'GET site': () => this.site(),
      'GET feeds': () => page([...this.feeds.keys()].map((one) => this.feed(one))),
      'POST feeds': () => this.add(body),
      'POST feeds/:': () => (id === 'probe' ? this.probe(body) : this.importCsv(body, query.dry_run === 'true')),
      'GET feeds/:': () => this.feed(id),
      'PATCH feeds/:': () => Object.assign(this.feeds.get(id), body),
      'DELETE feeds/:': () => void (this.feeds.delete(id), (this.version += 1)),
      'GET feeds/:/still.jpg': () => this.jpeg(id),
      'GET feeds/:/tracks': () => page(objectsAt(id, 0).flatMap((one) => Array.from({ length: 9 }, (_, i) => ({ class: one.label, start: iso(Date.now()), end: iso(Date.now()), points: Array.from({ length: 24 }, (_, n) => [n / 23, one.y + one.h / 2 + Math.sin(n / 4 + i) * 0.008 + i * 0.004]) })))),
      'GET feeds/:/scene': () => this.scenes.get(this.feed(id).id),
      'PUT feeds/:/scene': () => this.setPart(id, 'scene', body, headers['if-match']),
      'GET feeds/:/rules': () => this.rules.get(this.feed(id).id),
      'PUT feeds/:/rules': () => this.setPart(id, 'rules', body, headers['if-match']),
      'POST feeds/:/scene/preview': () => this.preview(body),
      'POST feeds/:/scene/grid': () => ({ grid: { step_m: 5, lines: Array.from({ length: 9 }, (_, n) => [[[0.1 + n / 10, 0.95], [0.3 + n / 20, 0.4]], [[0.05, 0.4 + (n * n) / 160], [0.95, 0.4 + (n * n) / 160]]]).flat(), scale_error: 0.08, rms_m: null } }),
      'POST feeds/:/calibration/propose': () => ({ paths: 214, camera: { focal: 0.9, pitch_deg: 22.1, roll_deg: 0.3, height_m: 8.4, focal_sigma: 0.06, pitch_sigma_deg: 1.2, roll_sigma_deg: 0.4, height_sigma_m: 0.4, correlation: [0, 0, 0, 0, 0, 0] }, scale_error: 0.08, tracks: { car: 150, person: 40 }, directions: 2, grid: null, why: '', remedy: '' }),
      'POST feeds/:/scene/propose': () => ({ paths: 180, ground: 'traffic', zones: [{ id: 'lane-1', use: 'lane', polygon: [[0.4, 0.4], [0.47, 0.4], [0.45, 0.9], [0.3, 0.9]], heading: [[0.43, 0.42], [0.38, 0.88]] }], lines: [{ id: 'line-9', a: [0.3, 0.75], b: [0.5, 0.75] }], movements: [], support: { 'lane-1': 88, 'line-9': 85 }, why: '', remedy: '' }),
      'POST feeds/:/view/propose': () => ({ scene: this.scenes.get(this.feed(id).id), lost: ['calibration'], shift: { dx: 0.1, dy: 0, rotation_deg: 0, scale: 1 } }),
      'POST feeds/:/view/confirm': () => void (this.moved = this.moved === id ? '' : this.moved),
      'GET audit': () => ({ ...page([[2, 'ada', 'feed added', 'junction'], [1, '', 'user added', 'ada as admin']].map(([number, who, action, subject]) => ({ number, at: iso(this.began), who, action, subject, hash: String(number).repeat(64) }))), is_sound: true, first_broken: null }),
      'GET events': () => {
        const all = this.filtered(query)
        const from = Number(query.cursor ?? 0)
        const to = from + Number(query.limit ?? 50)
        return { items: all.slice(from, to), next: to < all.length ? String(to) : null }
      },
      'GET events/:': () => ({ ...this.event(id), phases: [{ phase: 'open', time: this.event(id).start }, ...(this.event(id).end ? [{ phase: 'close', time: this.event(id).end }] : [])] }),
      'GET events/:/still.jpg': () => this.jpeg(this.event(id).feed, Number(id.slice(5))),
      'GET events/:/path': () => ({ points: Array.from({ length: 20 }, (_, n) => [0.15 + n / 40, 0.7 - n / 400]) }),
      'POST events/:/acknowledgement': () => (this.event(id).acknowledged = { by: 'ada', at: iso(Date.now()), note: body?.note ?? null }),
      'DELETE events/:/acknowledgement': () => void (this.event(id).acknowledged = null),
      'GET measurements': () => this.measurements(query),
      'GET junctions': () => (this.feeds.has('junction') ? [JUNCTION] : []),
      'GET junctions/:/turning-counts': () => turningCounts(id, query),
      'GET feeds/:/turning-counts': () => turningCounts(id, query),
      'GET junctions/:/usual': () => usual(query),
      'GET feeds/:/usual': () => usual(query),
      'GET metrics-list': () => [{ metric: 'count', unit: 'objects', words: 'Crossings' }, { metric: 'speed_mean', unit: 'm/s', words: 'Mean speed' }],
      'GET counts': () => ({ since: query.since, until: query.until, rows: this.counts(query) }),
      'GET truth': () => ({ rows: this.counts(query).map(({ feed, place, direction, class: label, count }) => ({ feed, line: place, direction, class: label, true: count + (count % 7 === 3 ? 1 : 0), counted: count })) }),
      'GET sign-in': () => ({ name: 'Town Hall' }),
      'GET users': () => page([{ name: 'ada', role: 'admin', groups: null }, { name: 'watch', role: 'viewer', groups: ['harbour'] }]),
      'POST users': () => ((this.mustCreate = false), { name: body.name, role: body.role, created: iso(Date.now()) }),
      'GET tokens': () => page([{ id: 't1', name: 'grafana', role: 'viewer' }]),
      'POST tokens': () => ({ id: 't2', token: 'wst_example' }),
    }
    const run = routes[key]
    if (!run) throw new Problem(404, `No route ${key}`)
    return run()
  }

  session(method, body) {
    if (method === 'PUT') {
      if (body.old !== 'correct horse') throw new Problem(403, 'the present password is wrong')
      return undefined
    }
    if (method === 'DELETE') return void (this.user = null)
    if (method === 'POST') {
      if (body.link === 'once' || (body.user && body.password === 'correct horse')) this.user = 'ada'
      else throw new Problem(401, 'User or password is wrong')
      this.mustCreate = body.link === 'once'
    }
    if (this.signIn && !this.user) throw new Problem(401, 'Sign in')
    return { user: 'ada', role: 'admin', must_create_user: this.mustCreate }
  }

  async answer(request, response) {
    const url = new URL(request.url, 'http://x')
    if (!url.pathname.startsWith('/api/')) return this.file(url.pathname, response)
    let text = ''
    for await (const chunk of request) text += chunk
    const parts = url.pathname.split('/').slice(3).map(decodeURIComponent)
    try {
      const body = text && request.headers['content-type'] === 'application/json' ? JSON.parse(text) : text
      if (this.signIn && !this.user && !['session', 'sign-in'].includes(parts[0])) throw new Problem(401, 'Sign in')
      const value = parts[0] === 'session' ? this.session(request.method, body) : this.route(request.method, parts, Object.fromEntries(url.searchParams), body, request.headers)
      const headers = { 'Cache-Control': 'no-store', ETag: `"${this.version}"` }
      if (Buffer.isBuffer(value)) response.writeHead(200, { ...headers, 'Content-Type': 'image/jpeg' }).end(value)
      else if (value === undefined) response.writeHead(204, headers).end()
      else response.writeHead(request.method === 'POST' && parts.length === 1 ? 201 : 200, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(value))
    } catch (error) {
      const known = error instanceof Problem
      const { status = 500, detail = String(error), remedy = '', errors = [] } = known ? error : {}
      response.writeHead(status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title: detail, status, detail, remedy, errors }))
    }
  }

  file(path, response) {
    const wanted = join(STATIC, path)
    const found = path !== '/' && wanted.startsWith(STATIC) && existsSync(wanted) ? wanted : join(STATIC, 'index.html')
    response.writeHead(200, { 'Content-Type': TYPES[extname(found)] ?? 'application/octet-stream', 'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'" }).end(readFileSync(found))
  }

  upgrade(request, socket) {
    const viewer = { tiles: new Map(), socket }
    viewer.send = accept(request, socket, (text) => {
      const message = JSON.parse(text)
      if (message.op === 'want') {
        const before = viewer.tiles
        viewer.tiles = new Map(message.tiles.map((tile) => [tile.feed, { ...tile, credit: before.get(tile.feed)?.credit ?? 1, last: 0 }]))
      } else if (message.op === 'painted') {
        const tile = viewer.tiles.get(message.feed)
        if (tile) tile.credit = 1
      }
    }, () => this.viewers.delete(viewer))
    this.viewers.add(viewer)
    this.tell(viewer)
  }

  tell(viewer) {
    viewer.send(JSON.stringify({ op: 'status', feeds: [...this.feeds.keys()].map((id) => this.status(id)), site: this.site() }))
  }

  show() {
    const now = Date.now() / 1000
    for (const viewer of this.viewers) {
      for (const tile of viewer.tiles.values()) {
        if (!tile.credit || now - tile.last < 1 / tile.fps || tile.feed === 'flaky') continue
        tile.credit = 0
        tile.last = now
        const time = tile.feed === 'frozen' ? 0 : Math.floor(now * 8) / 8
        const trail = (one) => Array.from({ length: 8 }, (_, i) => [one.x - one.way * (7 - i) * 0.02, one.y + one.h / 2])
        const markings = objectsAt(tile.feed, time).map((one) => ({ track: one.track, label: one.label, box: [one.x - one.w / 2, one.y - one.h / 2, one.x + one.w / 2, one.y + one.h / 2], trail: trail(one) }))
        const header = Buffer.from(JSON.stringify({ feed: tile.feed, session: 's', time: iso(now * 1000), t_s: time, width: 640, height: 360, markings }))
        const length = Buffer.alloc(4)
        length.writeUInt32BE(header.length)
        viewer.send(Buffer.concat([length, header, this.jpeg(tile.feed, now)]))
      }
    }
  }

  async start(port = 0) {
    this.server = createServer((request, response) => void this.answer(request, response))
    this.server.on('upgrade', (request, socket) => this.upgrade(request, socket))
    this.timers = [
      setInterval(() => this.show(), 40),
      setInterval(() => { for (const viewer of this.viewers) this.tell(viewer) }, 1000),
      setInterval(() => {
        const incident = this.happen(Date.now(), Date.now() % 100_000)
        if (incident) for (const viewer of this.viewers) viewer.send(JSON.stringify({ op: 'event', incident }))
      }, 1500),
    ]
    await new Promise((done) => this.server.listen(port, '127.0.0.1', done))
    return `http://127.0.0.1:${this.server.address().port}`
  }

  stop() {
    this.timers.forEach(clearInterval)
    this.server.closeAllConnections()
    this.server.close()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { chromium } = await import('playwright-core')
  const { drawPictures } = await import('./pictures.mjs')
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  const pictures = await drawPictures(browser)
  await browser.close()
  console.log(await new House({ pictures }).start(Number(process.argv[2] ?? 8000)))
}
