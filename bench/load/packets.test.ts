import { generate } from 'mqtt-packet'
import { expect, it } from 'vitest'
import { encodeConnect, encodePublish, encodeString } from './packets.ts'

it('encodes what a MQTT library encodes, with remaining lengths of one, two and three bytes', () => {
  expect(encodeConnect('bench-1')).toEqual(
    generate({ cmd: 'connect', clientId: 'bench-1', keepalive: 0, clean: true, protocolVersion: 4 }),
  )
  for (const length of [10, 300, 20_000]) {
    const payload = 'ä'.repeat(length / 2)
    expect(encodePublish(encodeString('a/b'), 258, payload)).toEqual(
      generate({ cmd: 'publish', topic: 'a/b', messageId: 258, qos: 1, payload, dup: false, retain: false }),
    )
  }
})
