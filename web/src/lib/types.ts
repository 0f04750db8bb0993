/* The shapes of /api/v1, as the server sends them. Times are RFC 3339 with Z. */

export type Role = 'viewer' | 'operator' | 'admin'
export type FeedState = 'connecting' | 'live' | 'retrying' | 'refused' | 'quarantined' | 'stopped'
/** How closely a feed is looked at. */
export type Attention = 'watched' | 'asleep' | 'keyframes' | 'none'
export type Severity = 'info' | 'warning' | 'critical'
export type XY = [number, number]

export interface Session {
  user: string
  role: Role
  must_create_user: boolean
}

export interface WorkerStatus {
  worker: number
  pid: number
  state: string
  feeds: number
  restarts: number
  cpu: number
  rss_mb: number
  stages: Record<string, number>
  problem: string
  load: number
  redaction_failures: number
}

export interface SiteProblem {
  file: string
  line: number | null
  what: string
  remedy: string
}

export interface Site {
  site: string
  version: string
  config_version: string | number
  started: string
  demo: boolean
  redaction: { on: boolean; style: string }
  model: { name: string; why: string }
  problems: SiteProblem[]
  notices: SiteProblem[]
  cores: number
  workers: WorkerStatus[]
  feeds: { total: number } & Record<FeedState, number>
  attention: Record<Exclude<Attention, 'none'>, number>
  lag_p95_s: number | null
  coverage: number | null
  dropped: number
  /** null for who is limited to groups of feeds */
  redaction_failures: number | null
}

export interface FeedStatus {
  feed: string
  state: FeedState
  reason: string
  since: string | null
  session: string
  attempt: number
  next_try_s: number | null
  codec: string
  width: number
  height: number
  fps_in: number
  fps_analysed: number
  bitrate_kbps: number
  lag_s: number | null
  last_frame: string | null
  received: number
  dropped: number
  corrupt: number
  reconnects: number
  coverage: number
  conditions: string[]
  clock_drift_s: number | null
  cpu_ms_per_s: number
  worker: number
  attention: Attention
  asleep: number
}

/** A feed as configured, with the fields of its status beside. */
export interface Feed extends Partial<Omit<FeedStatus, 'feed'>> {
  id: string
  kind: string
  source: string
  transport?: string | null
  loop?: boolean
  every_s?: number | null
  rate?: number | null
  scene?: Scene | null
  rules?: Rule[] | null
  status?: FeedStatus | null
}

export interface SourceInput {
  source: string
  username?: string
  password?: string
  transport?: 'tcp' | 'udp'
}

export interface FeedInput extends SourceInput {
  id: string
  loop?: boolean
  every_s?: number
  rate?: number
}

export interface Probe {
  ok: boolean
  codec: string
  width: number
  height: number
  rate: number | null
  seconds: number
  problem: string
  remedy: string
  withheld: '' | 'uncoverable' | 'failed'
  still: string | null
}

export interface ImportResult {
  added: string[] | number
  updated: string[] | number
  unchanged: string[] | number
  problems: { row: number; what: string; remedy: string }[]
}

export interface Line {
  id: string
  a: XY
  b: XY
}
export type ZoneUse = 'area' | 'carriageway' | 'lane' | 'crossing' | 'footway' | 'parking'
export interface Zone {
  id: string
  polygon: XY[]
  use?: ZoneUse
  heading?: XY[]
}
export interface Movement {
  id: string
  from: string
  to: string
}
/** ground in metres, or map; one of the two. */
export interface ControlPoint {
  image: XY
  ground?: XY | null
  map?: { lat: number; lon: number } | null
}
export interface KnownLength {
  a: XY
  b: XY
  metres: number
}
export interface CameraPose {
  focal: number
  pitch_deg: number
  roll_deg?: number
  height_m: number
  focal_sigma: number
  pitch_sigma_deg: number
  roll_sigma_deg: number
  height_sigma_m: number
  correlation?: number[] | null
}
/** points, or camera and lengths. */
export interface Calibration {
  points?: ControlPoint[] | null
  lengths?: KnownLength[] | null
  camera?: CameraPose | null
}
export interface Grid {
  step_m: number
  lines: [XY, XY][]
  scale_error: number | null
  rms_m: number | null
}
export interface CalibrationProposal {
  paths: number
  camera: CameraPose | null
  scale_error: number | null
  tracks: Record<string, number>
  directions: number
  grid: Grid | null
  why: string
  remedy: string
}
export interface SceneProposal {
  paths: number
  ground: string
  zones: Zone[]
  lines: Line[]
  movements: Movement[]
  support: Record<string, number>
  why: string
  remedy: string
}
export interface Scene {
  anchor: 'ground' | 'centre'
  lines: Line[]
  zones: Zone[]
  movements: Movement[]
  calibration: Calibration | null
  private_zones: Zone[]
}
export interface Rule {
  kind: string
  zone?: string | null
  line?: string | null
  [setting: string]: unknown
}

export interface Preview {
  since: string
  paths: number
  lines: Record<string, { forward: Record<string, number>; backward: Record<string, number> }>
  zones: Record<string, { visits: number; median_dwell_s: number | null }>
  movements: Record<string, number>
}

export interface Path {
  class: string
  start: string
  end: string
  points: XY[]
}

export interface Incident {
  id: string
  kind: string
  feed: string
  place: string
  severity: Severity
  phase: string
  start: string
  end: string | null
  class: string | null
  data: Record<string, unknown>
  has_still: boolean
  has_clip: boolean
  acknowledged: { by: string; at: string; note: string | null } | null
  words: string
  phases?: EventPhase[]
}

export interface EventPhase {
  phase: string
  time?: string
  start?: string
  end?: string | null
  data?: Record<string, unknown>
}

export interface Series {
  feed: string
  place_kind: string
  place: string
  metric: string
  unit: string
  class: string
  direction: string
  points: [string, number | null, number][]
}
export interface Measurements {
  since: string
  until: string
  step_s: number
  series: Series[]
}
export interface Metric {
  metric: string
  unit: string
  words: string
}

export interface JunctionLine {
  feed: string
  line: string
  direction: string
}
export interface Approach {
  id: string
  title?: string
  bearing_deg?: number | null
  in?: JunctionLine[]
  out?: JunctionLine[]
}
export interface JunctionMovement {
  id: string
  from: string
  to: string
  feed: string
  movement: string
}
/** As in site.yaml. */
export interface Junction {
  id: string
  title?: string
  approaches: Approach[]
  movements?: JunctionMovement[]
}

export interface TurningRow {
  movement: string
  /** By class; "all" is the total. Empty where nothing was measured. */
  counts: Record<string, number>
  vehicles: number
  coverage: number
  complete: boolean
}
export interface TurningInterval {
  start: string
  end: string
  vehicles: number
  coverage: number
  complete: boolean
  rows: TurningRow[]
}
export interface TurningCounts {
  junction: string
  title: string
  since: string
  until: string
  interval_s: number
  classes: string[]
  approaches: { id: string; title: string; bearing_deg: number | null }[]
  movements: JunctionMovement[]
  totals: TurningRow[]
  intervals: TurningInterval[]
  complete_intervals: number
  hours_left_out: number
  peak_hour: { start: string; end: string; vehicles: number; factor: number | null } | null
}
export interface UsualSeries extends Omit<Series, 'points'> {
  /** time, median, 10th and 90th percentile, days that it rests on */
  points: [string, number | null, number | null, number | null, number][]
}

export interface CountRow {
  feed: string
  place_kind: string
  place: string
  direction: string
  class: string
  count: number
  coverage: number
}
export interface TruthRow {
  feed: string
  line: string
  direction: string
  class: string
  true: number
  counted: number
}

export interface Page<T> {
  items: T[]
  next: string | null
}

export interface Marking {
  track: number
  label: string
  box: [number, number, number, number]
  trail: XY[]
}
export interface PictureHeader {
  feed: string
  session: string
  time: string
  t_s: number
  width: number
  height: number
  markings: Marking[]
}

export interface AuditEntry {
  number: number
  at: string
  who: string
  action: string
  subject: string
  hash: string
}
export interface AuditPage extends Page<AuditEntry> {
  is_sound: boolean
  first_broken: number | null
}

export interface User {
  name: string
  role: Role
  /** of feeds that are seen, and no others; null is every feed */
  groups: string[] | null
}
export interface Token {
  id: string
  name?: string
  role?: Role
  groups?: string[] | null
  created?: string
  expires?: string | null
  token?: string
}
