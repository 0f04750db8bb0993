/* The server's half of a WebSocket (RFC 6455), as little as the tests need. */
import { createHash } from 'node:crypto'

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export function accept(request, socket, onText, onClose) {
  const key = createHash('sha1').update(request.headers['sec-websocket-key'] + MAGIC).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`)
  let buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const frame = read(buffer)
      if (!frame) return
      buffer = buffer.subarray(frame.size)
      if (frame.opcode === 1) onText(frame.payload.toString())
      else if (frame.opcode === 8) socket.end()
    }
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', onClose)
  return (data) => {
    if (socket.writable) socket.write(write(data))
  }
}

function read(buffer) {
  if (buffer.length < 6) return null
  const opcode = buffer[0] & 15
  let length = buffer[1] & 127
  let at = 2
  if (length === 126) {
    length = buffer.readUInt16BE(2)
    at = 4
  }
  if (buffer.length < at + 4 + length) return null
  const mask = buffer.subarray(at, at + 4)
  const payload = Buffer.from(buffer.subarray(at + 4, at + 4 + length))
  for (let i = 0; i < length; i += 1) payload[i] ^= mask[i % 4]
  return { opcode, payload, size: at + 4 + length }
}

function write(data) {
  const payload = Buffer.from(data)
  const opcode = typeof data === 'string' ? 0x81 : 0x82
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65536 ? 4 : 10)
  head[0] = opcode
  if (payload.length < 126) head[1] = payload.length
  else if (payload.length < 65536) {
    head[1] = 126
    head.writeUInt16BE(payload.length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(payload.length), 2)
  }
  return Buffer.concat([head, payload])
}
