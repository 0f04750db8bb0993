/* Pictures of the made-up world, drawn by the browser that the tests drive: no image library. */
import { CYCLE_S, FEEDS, objectsAt, paintPicture } from './world.mjs'

const FPS = 8
export const FRAMES = CYCLE_S * FPS

/** {feed: [jpeg, ...]} of one cycle, 640 by 360. */
export async function drawPictures(browser) {
  const page = await browser.newPage()
  await page.addScriptTag({ content: `${paintPicture.toString()}; window.paintPicture = paintPicture` })
  const drawn = {}
  for (const feed of FEEDS) {
    const moments = Array.from({ length: FRAMES }, (_, i) => ({ time: i / FPS, objects: objectsAt(feed, i / FPS) }))
    const urls = await page.evaluate(
      ({ feed, moments }) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 })
        const context = canvas.getContext('2d')
        return moments.map(({ time, objects }) => {
          window.paintPicture(context, 640, 360, feed, time, objects)
          return canvas.toDataURL('image/jpeg', 0.8)
        })
      },
      { feed, moments },
    )
    drawn[feed] = urls.map((url) => Buffer.from(url.split(',')[1], 'base64'))
  }
  await page.close()
  return drawn
}
