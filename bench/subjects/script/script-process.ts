import { connect } from 'mqtt'
import { note } from '../../measure/note.ts'

/** The plain script: subscribe, make lines, write them to InfluxDB in batches. No rules, no validation, no deduplication. */
const maxBatch = 5_000
const maxWaitMs = 100
const [mqttUrl = '', influxUrl = ''] = process.argv.slice(2)
let lines: string[] = []
let written = 0

const client = connect(mqttUrl, { clientId: 'script' })
client.subscribe('pm/v1/devices/+/telemetry', { qos: 1 })
client.on('message', (topic, payload) => {
  const { ts, values } = JSON.parse(payload.toString()) as { ts: number; values: Record<string, number> }
  const fields = Object.entries(values).map(([name, value]) => `${name}=${value}`)
  lines.push(`telemetry,device=${topic.split('/')[3]} ${fields.join(',')} ${ts}`)
  if (lines.length >= maxBatch) void flush()
})
setInterval(() => void flush(), maxWaitMs)
process.on('message', () => process.send?.({ written }))

async function flush(): Promise<void> {
  if (lines.length === 0) return
  const batch = lines
  lines = []
  const response = await fetch(`${influxUrl}/write?db=bench&precision=ms`, {
    method: 'POST',
    body: batch.join('\n'),
  })
  if (response.ok) written += batch.length
  else note(`the script lost ${batch.length} readings: InfluxDB answered ${response.status}`)
  await response.arrayBuffer()
}
