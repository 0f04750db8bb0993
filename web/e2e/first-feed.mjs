/* Somebody new, against a running server: in by the link, a user, a feed, a line, its first count.
 *
 * WAYSIDE_LINK: as the server printed it. WAYSIDE_SOURCE: an RTSP address on which things cross
 * the middle of the picture. WAYSIDE_SHOWS_FIRST=1: the server can cover a picture that it has
 * nothing before; it shows none otherwise. SHOTS: a folder for screenshots. CHROMIUM: the browser. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const { WAYSIDE_LINK: link, WAYSIDE_SOURCE: source, WAYSIDE_SHOWS_FIRST: showsFirst, SHOTS } = process.env
assert.ok(link && source, 'WAYSIDE_LINK and WAYSIDE_SOURCE say where')
const LONG = { timeout: 60_000 }

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'],
})
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
const page = await context.newPage()
const errors = []
page.on('pageerror', (error) => errors.push(String(error)))
page.on('console', (message) => message.type() === 'error' && errors.push(`${message.text()} (${message.location().url})`))
page.on('request', (request) => {
  const url = new URL(request.url())
  if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== new URL(link).origin) errors.push(`foreign request: ${url}`)
})

let step = ''
async function shot(name) {
  step = name
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`) })
}

/** In the browser: whether the dialog's picture came, and is more than one colour. */
function isPainted() {
  const canvas = document.querySelector('dialog figure canvas')
  if (!canvas?.width) return false
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return canvas.width === 320 && new Set(new Uint32Array(data.buffer)).size > 20
}

try {
  step = 'sign in by the link'
  await page.goto(link)
  await page.waitForSelector('dialog[open] #first-name')
  assert.equal(await page.evaluate(() => location.hash), '')
  await shot('first-user')
  await page.fill('#first-name', 'ada')
  await page.fill('#first-password', 'nine quiet otters')
  await page.fill('#first-again', 'nine quiet otters')
  await page.click('dialog button.primary')
  await page.waitForSelector('dialog', { state: 'detached' })

  await shot('empty')
  await page.click('text=Add a feed')
  await page.locator('#source').pressSequentially(source)
  await page.fill('#feed-id', 'street')
  await page.click('text=Test the source')
  await page.waitForSelector('text=It works', LONG)
  if (showsFirst === '1') await page.waitForFunction(isPainted)
  else assert.equal(await page.locator('dialog figure').count(), 0)
  await shot('tested')
  await page.click('dialog button:has-text("Add feed")')

  await page.waitForSelector('text=Draw your first line', LONG)
  await page.waitForFunction(() => [...document.querySelectorAll('.stage img')].some((image) => image.complete && image.naturalWidth > 0), null, LONG)
  await shot('scene')
  const box = await page.locator('.stage').boundingBox()
  const at = (x, y) => [box.x + box.width * x, box.y + box.height * y]
  await page.mouse.click(...at(0.5, 0.95))
  await page.mouse.move(...at(0.5, 0.5), { steps: 5 })
  await page.mouse.click(...at(0.5, 0.05))
  await page.waitForSelector('.handle.line')
  await page.click('text=Save scene')
  await page.waitForSelector('text=Saved. It counts from now on.')
  await page.waitForSelector('text=Counted since you saved:', LONG)
  await shot('counted')

  const scene = await page.evaluate(async () => (await fetch('/api/v1/feeds/street/scene')).json())
  assert.equal(scene.lines.length, 1)
  assert.deepEqual(errors, [])
  console.log('counted')
} catch (error) {
  console.error(`after "${step}": ${error.stack ?? error}\n${errors.join('\n')}`)
  console.error((await page.locator('body').innerText().catch(() => '')).slice(0, 2000))
  process.exitCode = 1
} finally {
  await browser.close()
}
