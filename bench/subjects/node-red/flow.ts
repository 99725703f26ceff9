/** Addresses that a flow connects. */
export interface FlowAddresses {
  mqttPort: number
  influxUrl: string
}

const maxBatch = 5_000
const maxWaitMs = 100

/** Turn each message into a line and send the lines of 100 ms, or 5,000 of them, at once. */
const batchLines = `
const batch = context.get('batch')
const { ts, values } = msg.payload
let fields = ''
for (const name in values) fields += (fields === '' ? '' : ',') + name + '=' + values[name]
batch.lines.push('telemetry,device=' + msg.topic.split('/')[3] + ' ' + fields + ' ' + ts)
if (batch.lines.length >= ${maxBatch}) batch.flush()
return null`

const startBatch = `
const batch = { lines: [] }
batch.flush = () => {
  if (batch.lines.length === 0) return
  node.send({ payload: batch.lines.join('\\n'), count: batch.lines.length, headers: { 'content-type': 'text/plain' } })
  batch.lines = []
}
batch.timer = setInterval(batch.flush, ${maxWaitMs})
context.set('batch', batch)`

const countWritten = `
if (msg.statusCode === 204) global.set('written', (global.get('written') || 0) + msg.count)
else node.error('InfluxDB answered ' + msg.statusCode + ': ' + msg.payload)
return null`

const reportWritten = `
msg.payload = { written: global.get('written') || 0 }
return msg`

/**
 * Return the flow: the core's MQTT input, one function, one HTTP request for each batch. Fewer nodes for each message, and fewer
 * requests, than with the InfluxDB nodes of the palette, which write each message by itself or keep an array of points.
 */
export function createFlow({ mqttPort, influxUrl }: FlowAddresses): object[] {
  const tab = 'flow'
  return [
    { id: tab, type: 'tab', label: 'readings' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: `${mqttPort}`,
      clientid: 'node-red',
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
      autoConnect: true,
    },
    {
      id: 'in',
      z: tab,
      type: 'mqtt in',
      topic: 'pm/v1/devices/+/telemetry',
      qos: '1',
      datatype: 'json',
      broker: 'broker',
      inputs: 0,
      wires: [['batch']],
    },
    {
      id: 'batch',
      z: tab,
      type: 'function',
      func: batchLines,
      initialize: startBatch,
      finalize: '',
      outputs: 1,
      libs: [],
      wires: [['write']],
    },
    {
      id: 'write',
      z: tab,
      type: 'http request',
      method: 'POST',
      ret: 'txt',
      url: `${influxUrl}/write?db=bench&precision=ms`,
      persist: true,
      wires: [['count']],
    },
    {
      id: 'count',
      z: tab,
      type: 'function',
      func: countWritten,
      initialize: '',
      finalize: '',
      outputs: 1,
      libs: [],
      wires: [[]],
    },
    { id: 'ask', z: tab, type: 'http in', url: '/written', method: 'get', wires: [['report']] },
    {
      id: 'report',
      z: tab,
      type: 'function',
      func: reportWritten,
      initialize: '',
      finalize: '',
      outputs: 1,
      libs: [],
      wires: [['answer']],
    },
    { id: 'answer', z: tab, type: 'http response', wires: [] },
  ]
}
