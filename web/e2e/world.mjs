/* A made-up world for the browser tests: what moves on each feed, as a pure function of time.
 * It runs in Node (boxes for the live socket) and in the browser (pictures), so it imports nothing. */

export const CYCLE_S = 6
export const FEEDS = ['junction', 'motorway', 'square', 'shop-door', 'car-park', 'night', 'rain', 'flaky', 'frozen']

/** Objects of a feed at a time: [{track, label, x, y, w, h}], centre and size, normalised. */
export function objectsAt(feed, time) {
  const lanes = {
    junction: [['car', 0.62, 1, 0.11], ['car', 0.74, -1, 0.12], ['bus', 0.62, 1, 0.17], ['bicycle', 0.84, 1, 0.045]],
    motorway: [['car', 0.5, 1, 0.08], ['truck', 0.58, 1, 0.16], ['car', 0.68, -1, 0.1], ['car', 0.8, -1, 0.12], ['car', 0.58, 1, 0.08]],
    square: [['person', 0.5, 1, 0.03], ['person', 0.62, -1, 0.035], ['person', 0.7, 1, 0.04], ['person', 0.8, -1, 0.042], ['bicycle', 0.86, 1, 0.06]],
    'shop-door': [['person', 0.66, 1, 0.06], ['person', 0.72, -1, 0.065]],
    'car-park': [['car', 0.58, 1, 0.13], ['person', 0.8, -1, 0.035]],
    night: [['car', 0.64, 1, 0.12], ['car', 0.76, -1, 0.13]],
    rain: [['car', 0.6, 1, 0.11], ['truck', 0.74, -1, 0.18], ['person', 0.88, 1, 0.035]],
  }
  const rows = lanes[feed] ?? lanes.junction
  return rows.map(([label, y, way, size], i) => {
    const turn = ((((time / 6) * (label === 'person' ? 1 : 1) + i * 0.37) % 1) + 1) % 1
    const x = way > 0 ? -0.1 + turn * 1.2 : 1.1 - turn * 1.2
    const tall = label === 'person' ? size * 4 : label === 'bus' || label === 'truck' ? size * 1.05 : size * 0.85
    return { track: 100 + i, label, x, y: y - tall / 2, w: size, h: tall, way }
  })
}

/** Draws one picture. Heads and plates are covered, as everywhere. */
export function paintPicture(context, width, height, feed, time, objects) {
  const dark = feed === 'night'
  const ground = { square: '#8d8577', 'shop-door': '#7c7468', 'car-park': '#6d7276' }[feed] ?? '#5f666b'
  const sky = dark ? '#0d1420' : feed === 'rain' ? '#7b8790' : '#a9bfcd'
  context.fillStyle = sky
  context.fillRect(0, 0, width, height)
  for (let i = 0; i < 9; i += 1) {
    const left = (i / 9) * width
    const tall = height * (0.16 + 0.14 * (((i * 7919 + feed.length * 131) % 10) / 10))
    context.fillStyle = dark ? `hsl(215 22% ${9 + (i % 3) * 2}%)` : `hsl(${25 + ((i * 37 + feed.length * 50) % 60)} 14% ${48 + ((i * 5) % 16)}%)`
    context.fillRect(left, height * 0.4 - tall, width / 9 - 2, tall)
    context.fillStyle = dark ? '#d9b76a' : 'rgba(40, 52, 62, .55)'
    for (let j = 0; j < 6; j += 1) if (!dark || (i + j) % 3 === 0) context.fillRect(left + 8 + (j % 3) * 18, height * 0.4 - tall + 10 + Math.floor(j / 3) * 20, 9, 11)
  }
  context.fillStyle = dark ? '#1a1f24' : ground
  context.fillRect(0, height * 0.4, width, height * 0.6)
  if (!['square', 'shop-door'].includes(feed)) {
    context.fillStyle = dark ? '#101418' : '#474d52'
    context.fillRect(0, height * 0.46, width, height * 0.36)
    context.strokeStyle = dark ? '#5a5f55' : '#d8d8cc'
    context.lineWidth = 3
    context.setLineDash([26, 22])
    context.beginPath()
    context.moveTo(0, height * 0.65)
    context.lineTo(width, height * 0.65)
    context.stroke()
    context.setLineDash([])
  }
  const colours = ['#b8433a', '#d9dcdf', '#3d6ea5', '#30363b', '#c9a13b']
  objects.forEach((one, i) => {
    const [x, y, w, h] = [(one.x - one.w / 2) * width, (one.y - one.h / 2) * height, one.w * width, one.h * height]
    context.fillStyle = 'rgba(0, 0, 0, .3)'
    context.beginPath()
    context.ellipse(x + w / 2, y + h, w * 0.55, h * 0.1, 0, 0, 7)
    context.fill()
    context.fillStyle = colours[i % colours.length]
    if (one.label === 'person') {
      context.beginPath()
      context.roundRect(x, y + h * 0.2, w, h * 0.8, w * 0.4)
      context.fill()
      context.fillStyle = '#3a4046'
      context.fillRect(x - w * 0.1, y - h * 0.02, w * 1.2, h * 0.24)
    } else {
      context.beginPath()
      context.roundRect(x, y + h * 0.3, w, h * 0.6, 6)
      context.fill()
      if (one.label !== 'bicycle') {
        context.beginPath()
        context.roundRect(x + w * 0.18, y, w * 0.6, h * 0.45, 6)
        context.fill()
        context.fillStyle = dark ? '#20282f' : '#9fc0d4'
        context.fillRect(x + w * 0.25, y + h * 0.08, w * 0.46, h * 0.2)
        context.fillStyle = '#3a4046'
        context.fillRect(one.way > 0 ? x + w * 0.9 : x, y + h * 0.66, w * 0.1, h * 0.16)
      }
      context.fillStyle = '#15181a'
      for (const at of [0.22, 0.78]) {
        context.beginPath()
        context.arc(x + w * at, y + h * 0.92, h * 0.13, 0, 7)
        context.fill()
      }
      if (dark) {
        const light = context.createRadialGradient(x + (one.way > 0 ? w : 0), y + h * 0.6, 2, x + (one.way > 0 ? w : 0), y + h * 0.6, w)
        light.addColorStop(0, 'rgba(255, 240, 190, .8)')
        light.addColorStop(1, 'rgba(255, 240, 190, 0)')
        context.fillStyle = light
        context.fillRect(x - w, y - h, w * 3, h * 3)
      }
    }
  })
  if (feed === 'rain') {
    context.strokeStyle = 'rgba(220, 230, 240, .35)'
    context.lineWidth = 1
    for (let i = 0; i < 150; i += 1) {
      const [x, y] = [(i * 97 + time * 500) % width, (i * 61 + time * 900) % height]
      context.beginPath()
      context.moveTo(x, y)
      context.lineTo(x - 3, y + 13)
      context.stroke()
    }
  }
}
