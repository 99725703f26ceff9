import { describe, expect, test } from 'vitest'
import { type ConnectRequest, validateConnect } from './validate-connect.ts'

const will = (topic: string, bytes = 4) => ({ topic, payload: Buffer.alloc(bytes) })

describe('a client may connect', () => {
  test.each<[string, ConnectRequest]>([
    ['with MQTT 3.1', { clientId: 'd-1', clean: true, protocolVersion: 3 }],
    ['as a device with a last will', { clientId: 'd-1', clean: true, will: will('pm/v1/devices/d-1/state') }],
    ['without a name, for once', { clientId: '', clean: true }],
    ['with a name of any language', { clientId: 'kühlschrank-冰箱', clean: false }],
  ])('%s', (_what, packet) => {
    expect(validateConnect(packet)).toBeUndefined()
  })
})

describe('a client may not connect', () => {
  test.each<[string, ConnectRequest, number]>([
    ['with an endless name', { clientId: 'x'.repeat(257), clean: true }, 2],
    ['with a name that steers a terminal', { clientId: '\u001b[2J', clean: true }, 2],
    ['without a name and for good', { clientId: '', clean: false }, 2],
    ['with MQTT 5', { clientId: 'd-1', clean: true, protocolVersion: 5 }, 1],
    ['with a last will to nothing', { clientId: 'd-1', clean: true, will: will('') }, 5],
    ['with a last will to many', { clientId: 'd-1', clean: true, will: will('pm/v1/devices/+/state') }, 5],
    ['with a last will of the broker', { clientId: 'd-1', clean: true, will: will('$SYS/x') }, 5],
    ['with a last will too deep', { clientId: 'd-1', clean: true, will: will('/'.repeat(200)) }, 5],
    ['with a last will too long', { clientId: 'd-1', clean: true, will: will('a', 4_097) }, 5],
  ])('%s', (_what, packet, returnCode) => {
    expect(validateConnect(packet)).toMatchObject({ name: 'ConnectRejectedError', returnCode })
  })
})
