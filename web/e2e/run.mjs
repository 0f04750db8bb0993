/* Drives the built page in a real browser: every page, dark and light, wide and narrow, is free of
 * axe violations and of failed or foreign requests, and the ways people take through it work.
 *
 * WAYSIDE_URL: a running server (open, no sign-in) instead of the stand-in; only the pages are
 * visited then. SHOTS: a folder for screenshots of every page. CHROMIUM: the browser. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { House } from './house.mjs'
import { drawPictures } from './pictures.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SHOTS = process.env.SHOTS ?? ''
const VIEWS = [{ width: 1280, height: 800 }, { width: 390, height: 844 }]
const only = process.argv[2] ?? ''

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'],
})
const pictures = await drawPictures(browser)
if (SHOTS) mkdirSync(SHOTS, { recursive: true })
let failures = 0

async function test(name, run) {
  if (only && !name.includes(only)) return
  try {
    await run()
    console.log(`ok    ${name}`)
  } catch (error) {
    failures += 1
    console.error(`FAIL  ${name}\n${error.stack ?? error}`)
  }
}

/** A fresh browser context with a page that notices errors and foreign requests. */
async function open(address, { scheme = 'dark', view = VIEWS[0], touch = false } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: view, reducedMotion: 'reduce', hasTouch: touch, bypassCSP: false })
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/status of (401|404)/.test(text)) errors.push(text)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== new URL(address).origin) errors.push(`foreign request: ${url}`)
  })
  await page.goto(address)
  return { page, errors, close: () => context.close() }
}

async function axe(page) {
  await page.evaluate(AXE)
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  return found.violations.map((one) => `${one.id}: ${one.help}\n    ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join('\n    ')}`)
}

async function wide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
}

const PAGES = [
  ['now', '/', 'canvas', null],
  ['now-16', '/?tiles=16', 'canvas', null],
  ['now-alone', '/?feed=junction', 'canvas', null],
  ['events', '/events', '.list li a', null],
  ['event', '/events?id=FIRST', 'article img', null],
  ['counts', '/counts', '.u-over', null],
  ['traffic', '/traffic', '.ribbon', null],
  ['traffic-week', '/traffic?span=week', '.ribbon', null],
  ['traffic-feed', '/traffic?feed=junction', '.u-over', null],
  ['traffic-empty', '/traffic?feed=night', '.facts', null],
  ['traffic-incident', '/traffic?id=INCIDENT', 'article h2', null],
  ['feeds', '/feeds', 'tbody tr', null],
  ['feed-add', '/feeds?add=1', 'dialog[open]', null],
  ['feed-import', '/feeds?import=1', 'dialog[open]', null],
  ['scene', '/feeds/junction/scene', '.handle', null],
  ['system', '/system', 'dl', null],
  ['keys', '/', 'canvas', async (page) => { await page.keyboard.press('?'); await page.waitForSelector('dialog[open]') }],
  ['lost', '/nothing', 'main a', null],
]

async function visitAll(base) {
  const incident = (await (await fetch(`${base}/api/v1/events?kind=traffic.near_miss,traffic.stopped_object&limit=1`)).json()).items[0]?.id ?? ''
  const first = (await (await fetch(`${base}/api/v1/events?limit=50`)).json()).items.find((one) => one.has_still)?.id ?? ''
  for (const view of VIEWS) {
    for (const scheme of ['dark', 'light']) {
      for (const [name, path, ready, act] of PAGES) {
        const title = `${name} ${scheme} ${view.width}`
        await test(title, async () => {
          const { page, errors, close } = await open(base + path.replace('FIRST', first).replace('INCIDENT', incident), { scheme, view })
          try {
            await page.waitForSelector(ready, { timeout: 15_000 })
            if (act) await act(page)
            await page.waitForTimeout(name.startsWith('now') ? 2500 : 700)
            if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}-${scheme}-${view.width}.png`), fullPage: !path.includes('=1') && name !== 'keys' })
            assert.deepEqual(await axe(page), [])
            assert.deepEqual(errors, [])
            assert.ok((await wide(page)) <= 0, 'the page is wider than the window')
          } finally {
            await close()
          }
        })
      }
    }
  }
}

async function flows() {
  await test('sign in by user and password, and out', async () => {
    const house = new House({ pictures, signIn: true })
    const base = await house.start()
    const { page, errors, close } = await open(base)
    await page.waitForSelector('#user')
    assert.deepEqual(await axe(page), [])
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'sign-in-dark-1280.png') })
    await page.fill('#user', 'ada')
    await page.fill('#password', 'wrong')
    await page.keyboard.press('Enter')
    await page.waitForSelector('text=User or password is wrong')
    await page.fill('#password', 'correct horse')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.strip')
    await page.click('[aria-label="Sign out"]')
    await page.waitForSelector('#user')
    assert.deepEqual(errors, [])
    await close()
    house.stop()
  })

  await test('a one-time link signs in, leaves the address and asks for a user', async () => {
    const house = new House({ pictures, signIn: true })
    const base = await house.start()
    const { page, close } = await open(`${base}/#link=once`)
    await page.waitForSelector('dialog[open] #first-name')
    assert.equal(await page.evaluate(() => location.hash), '')
    assert.deepEqual(await axe(page), [])
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'first-user-dark-1280.png') })
    await page.fill('#first-name', 'ada')
    await page.fill('#first-password', 'correct horse')
    await page.fill('#first-again', 'correct horse')
    await page.click('dialog button.primary')
    await page.waitForSelector('dialog', { state: 'detached' })
    await close()
    house.stop()
  })

  await test('somebody new adds an RTSP feed, draws a line and sees the first count', async () => {
    const house = new House({ pictures, feeds: [] })
    const base = await house.start()
    const { page, errors, close } = await open(base)
    await page.click('text=Add a feed')
    await page.fill('#source', 'rtsp://viewer:secret@192.168.1.20/north-gate')
    assert.equal(await page.inputValue('#source'), 'rtsp://192.168.1.20/north-gate')
    assert.equal(await page.inputValue('#feed-id'), 'north-gate')
    await page.click('text=Test the source')
    await page.waitForSelector('text=It works')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'feed-tested-dark-1280.png') })
    await page.click('dialog button:has-text("Add feed")')
    await page.waitForSelector('text=Draw your first line')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'scene-first-dark-1280.png') })
    const box = await page.locator('.stage').boundingBox()
    await page.mouse.click(box.x + box.width * 0.4, box.y + box.height * 0.85)
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.6)
    await page.mouse.click(box.x + box.width * 0.4, box.y + box.height * 0.45)
    await page.waitForSelector('.count')
    await page.click('text=Save scene')
    await page.waitForSelector('text=Counted since you saved: 1', { timeout: 15_000 })
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'scene-counted-dark-1280.png') })
    assert.equal(house.scenes.get('north-gate').lines.length, 1)
    assert.deepEqual(errors, [])
    await close()
    house.stop()
  })

  await test('a moved view is confirmed, waiting edits and blanked pictures are told', async () => {
    const house = new House({ pictures })
    house.moved = 'junction'
    house.blanked = 3
    house.notices = [{ file: 'site.yaml', line: 12, what: 'detect.model has changed; it is used after a restart', remedy: 'Restart wayside when it suits, or undo the edit' }]
    const base = await house.start()
    const { page, errors, close } = await open(`${base}/feeds`)
    await page.waitForSelector('text=Confirm view')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'feeds-moved-dark-1280.png') })
    await page.goto(`${base}/feeds/junction/scene`)
    await page.waitForSelector('text=The view has moved')
    await page.waitForSelector('.handle')
    assert.deepEqual(await axe(page), [])
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'scene-moved-dark-1280.png') })
    await page.click('text=Confirm view')
    await page.waitForSelector('dialog[open]')
    assert.deepEqual(await axe(page), [])
    await page.click('dialog button:has-text("Confirm view")')
    await page.waitForSelector('text=The view of junction was confirmed')
    assert.equal(house.moved, '')
    await page.goto(base)
    await page.waitForSelector('text=3 pictures blanked')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'now-blanked-dark-1280.png') })
    await page.goto(`${base}/system`)
    await page.waitForSelector('text=detect.model has changed')
    await page.waitForSelector('text=The chain of hashes holds')
    assert.deepEqual(await axe(page), [])
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'system-notices-dark-1280.png'), fullPage: true })
    assert.deepEqual(errors, [])
    await close()
    house.stop()
  })

  await test('a worker that is too slow is said, and feeds are found by attention', async () => {
    const house = new House({ pictures })
    house.slow = true
    const base = await house.start()
    const { page, errors, close } = await open(base)
    await page.click('.strip >> text=1 worker is too slow')
    await page.waitForSelector('text=Asks for 1.4 times what it gets. The worker is too slow: 62 %')
    await page.waitForSelector('text=5 feeds are watched, 2 asleep, 1 reduced to keyframes')
    assert.match(await page.getAttribute('.whole >> nth=2', 'aria-label'), /^Worker 1: 0.78 cores. Decoding \d+ %/)
    assert.deepEqual(await axe(page), [])
    await page.goto(`${base}/feeds`)
    await page.waitForSelector('tbody tr')
    await page.selectOption('select >> nth=1', 'asleep')
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2)
    assert.match(await page.getAttribute('tbody .attention', 'title'), /^Asleep: nothing moves.*83 % of this session$/)
    assert.deepEqual(errors, [])
    await close()
    house.stop()
  })

  await test('a new password of one\'s own', async () => {
    const house = new House({ pictures })
    const base = await house.start()
    const { page, close } = await open(base)
    await page.click('[aria-label="Account"]')
    await page.waitForSelector('#old-password')
    assert.deepEqual(await axe(page), [])
    await page.fill('#old-password', 'wrong')
    await page.fill('#new-password', 'another three words')
    await page.fill('#new-again', 'another three word')
    await page.keyboard.press('Enter')
    await page.waitForSelector('text=The two passwords differ')
    await page.fill('#new-again', 'another three words')
    await page.keyboard.press('Enter')
    await page.waitForSelector('text=The present password is wrong')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'account-dark-1280.png') })
    await page.fill('#old-password', 'correct horse')
    await page.keyboard.press('Enter')
    await page.waitForSelector('text=Your password was changed')
    await close()
    house.stop()
  })

  await test('a tested source without a picture says why', async () => {
    const house = new House({ pictures })
    const base = await house.start()
    const { page, close } = await open(`${base}/feeds?add=1`)
    await page.fill('#source', 'rtsp://10.0.0.7/uncovered')
    await page.click('text=Test the source')
    await page.waitForSelector('text=No picture is shown')
    assert.deepEqual(await axe(page), [])
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'feed-withheld-dark-1280.png') })
    await close()
    house.stop()
  })

  await test('a line and a zone by keyboard alone, undone and done again', async () => {
    const house = new House({ pictures })
    house.scenes.set('rain', { anchor: 'ground', lines: [], zones: [], movements: [], calibration: null, private_zones: [] })
    const base = await house.start()
    const { page, close } = await open(`${base}/feeds/rain/scene`)
    await page.waitForSelector('.stage.drawing')
    await page.focus('.stage')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('.handle.line').count(), 2)
    await page.keyboard.press('z')
    for (const key of ['Shift+ArrowRight', 'Shift+ArrowDown', 'Shift+ArrowLeft']) {
      await page.keyboard.press('Enter')
      await page.keyboard.press(key)
    }
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('.handle.zone').count(), 4)
    await page.keyboard.press('Control+z')
    assert.equal(await page.locator('.handle.zone').count(), 0)
    await page.keyboard.press('Control+Shift+z')
    assert.equal(await page.locator('.handle.zone').count(), 4)
    await page.locator('.handle.line').first().focus()
    const before = await page.locator('.handle.line').first().getAttribute('transform')
    await page.keyboard.press('Shift+ArrowRight')
    assert.notEqual(await page.locator('.handle.line').first().getAttribute('transform'), before)
    await page.keyboard.press('Delete')
    assert.equal(await page.locator('.handle.line').count(), 0)
    await close()
    house.stop()
  })

  await test('a ground and lanes from traffic, shown, accepted and saved', async () => {
    const house = new House({ pictures })
    house.scenes.set('rain', { anchor: 'ground', lines: [], zones: [], movements: [], calibration: null, private_zones: [] })
    const base = await house.start()
    const { page, errors, close } = await open(`${base}/feeds/rain/scene`)
    await page.click('text=Calibrate from traffic')
    await page.waitForSelector('text=within ± 8 %')
    await page.click('text=Accept')
    await page.click('text=Propose lanes')
    await page.waitForSelector('polygon.proposed')
    await page.click('text=Accept')
    await page.click('text=Ground grid')
    await page.waitForSelector('line.grid')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'scene-ground-dark-1280.png') })
    assert.deepEqual(await axe(page), [])
    await page.click('text=Save scene')
    await page.waitForSelector('text=Saved.')
    const scene = house.scenes.get('rain')
    assert.equal(scene.calibration.camera.height_m, 8.4)
    assert.deepEqual(scene.zones.map(({ id, use }) => [id, use]), [['lane-1', 'lane']])
    assert.deepEqual(errors, [])
    await close()
    house.stop()
  })

  await test('the way of a zone by keyboard alone', async () => {
    const house = new House({ pictures })
    const square = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.8], [0.2, 0.8]]
    house.scenes.set('rain', { anchor: 'ground', lines: [], zones: [{ id: 'z', polygon: square }], movements: [], calibration: null, private_zones: [] })
    const base = await house.start()
    const { page, close } = await open(`${base}/feeds/rain/scene`)
    await page.selectOption('select[aria-label="What it is: z"]', 'lane')
    await page.waitForSelector('text=draw the way its traffic goes')
    await page.click('text=Draw its way')
    await page.focus('.stage')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.handle.heading')
    assert.equal(await page.locator('.handle.heading').count(), 2)
    assert.equal(await page.locator('text=draw the way its traffic goes').count(), 0)
    await close()
    house.stop()
  })

  await test('a rule of every kind that has a place is added and saved', async () => {
    const house = new House({ pictures })
    const scene = structuredClone(house.scenes.get('junction'))
    scene.zones = scene.zones.map((zone) => ({ ...zone, use: 'lane', heading: [[0.7, 0.5], [0.7, 0.8]] }))
    house.scenes.set('junction', scene)
    const base = await house.start()
    const { page, errors, close } = await open(`${base}/feeds/junction/scene`)
    await page.waitForSelector('.handle')
    await page.click('summary:has-text("Reports")')
    for (const kind of ['stopped', 'wrong_way', 'queue', 'near_miss', 'closed_line']) {
      await page.getByLabel('What to report').selectOption(kind)
      await page.click('text=Add report')
    }
    await page.getByLabel('Vehicles').fill('7')
    await page.keyboard.press('Tab')
    assert.deepEqual(await axe(page), [])
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'scene-rules-dark-1280.png'), fullPage: true })
    await page.click('text=Save scene')
    await page.waitForSelector('text=Saved. It counts from now on.')
    const saved = house.rules.get('junction')
    assert.deepEqual(saved.map((rule) => rule.kind), ['stopped', 'wrong_way', 'queue', 'near_miss', 'closed_line'])
    assert.equal(saved[2].zone, 'box')
    assert.equal(saved[2].more_than, 7)
    assert.deepEqual(errors, [])
    await close()
    house.stop()
  })

  await test('a scene changed elsewhere is told and nothing is lost', async () => {
    const house = new House({ pictures })
    const base = await house.start()
    const { page, close } = await open(`${base}/feeds/junction/scene`)
    await page.locator('.handle.line').first().focus()
    await page.keyboard.press('Shift+ArrowLeft')
    house.version += 1
    await page.click('text=Save scene')
    await page.waitForSelector('text=Somebody else changed the site meanwhile')
    await page.click('text=Keep mine and save')
    await page.waitForSelector('text=Saved. It counts from now on.')
    await page.goBack().catch(() => undefined)
    await close()
    house.stop()
  })

  await test('filters live in the address and back brings them back; acknowledge and take back', async () => {
    const house = new House({ pictures })
    const base = await house.start()
    const { page, errors, close } = await open(`${base}/events`)
    await page.waitForSelector('.list li a')
    await page.getByLabel('Severity').selectOption('warning')
    await page.waitForURL(/severity=warning/)
    await page.waitForSelector('.row.warning')
    await page.click('.list li a')
    await page.waitForURL(/id=/)
    await page.fill('input[aria-describedby=note-hint]', 'towed')
    await page.click('article button:has-text("Acknowledge")')
    await page.waitForSelector('text=Acknowledged by ada')
    await page.click('text=Take back')
    await page.waitForSelector('article button:has-text("Acknowledge")')
    await page.goBack()
    await page.waitForURL((url) => !url.searchParams.has('id'))
    await page.goBack()
    await page.waitForURL((url) => !url.search)
    assert.deepEqual(errors, [])
    await close()
    house.stop()
  })

  await test('tiles off the screen and hidden pages ask for no pictures', async () => {
    const house = new House({ pictures })
    const base = await house.start()
    const { page, close } = await open(`${base}/?tiles=9`, { view: VIEWS[1] })
    await page.waitForSelector('canvas')
    await page.waitForTimeout(1500)
    const [viewer] = house.viewers
    assert.ok(viewer.tiles.size > 0 && viewer.tiles.size <= 9, `${viewer.tiles.size} tiles wanted`)
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
    await page.waitForTimeout(700)
    assert.equal(viewer.tiles.size, 0)
    await page.evaluate(() => scrollTo(0, 0))
    await page.waitForTimeout(700)
    assert.ok(viewer.tiles.size > 0)
    await close()
    house.stop()
  })

  await test('a lost connection is said, and comes back by itself', async () => {
    const house = new House({ pictures })
    const base = await house.start()
    const { page, close } = await open(base)
    await page.waitForSelector('canvas')
    await page.waitForTimeout(500)
    const [viewer] = house.viewers
    const port = house.server.address().port
    house.server.close()
    house.server.closeAllConnections()
    viewer.socket.destroy()
    await page.waitForSelector('text=Live connection lost')
    house.server.listen(port, '127.0.0.1')
    await page.waitForSelector('text=Live connection lost', { state: 'detached', timeout: 15_000 })
    await page.waitForTimeout(500)
    const [again] = house.viewers
    assert.ok(again && again !== viewer && again.tiles.size > 0, 'the tiles are asked for again')
    await close()
    house.stop()
  })
}

if (process.env.WAYSIDE_URL) await visitAll(process.env.WAYSIDE_URL)
else {
  const house = new House({ pictures })
  const base = await house.start()
  await visitAll(base)
  house.stop()
  await flows()
}
await browser.close()
console.log(failures ? `${failures} failed` : 'all passed')
process.exit(failures ? 1 : 0) // a test that failed may have left its house open
