import type { Notice } from '../../notice.ts'

/** Push services take 4,096 bytes (RFC 8030), of which encryption (RFC 8291) needs 103. */
const maxBytes = 4_096 - 103

/** What a service worker gets: enough to show, and the id by which it shows it once. */
export function payloadOf({ id, device, severity, title, body, actions, at }: Notice): string {
  // As `showNotification` takes them.
  const buttons = actions.map(({ action, label }) => ({ action, title: label }))
  const made = (text: string) =>
    JSON.stringify({ id, device, severity, title, body: text, actions: buttons, at })
  const characters = [...body]
  let payload = made(body)
  while (Buffer.byteLength(payload) > maxBytes && characters.length > 0) {
    const tooMuch = Buffer.byteLength(payload) - maxBytes
    // A character has up to six bytes in JSON: so many at least have to go.
    characters.splice(-Math.max(1, Math.floor(tooMuch / 6)))
    payload = made(`${characters.join('')}…`)
  }
  return payload
}
