import type { Command } from 'commander'
import { z } from 'zod'
import { type DeviceCommandBody, registeredDeviceSchema } from '../../api/schemas/device.ts'
import { createOutput } from '../terminal/output.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'
import { withExample } from './common.ts'

/** Body of a command before it is validated: times are text. */
interface CommandRequest {
  do: DeviceCommandBody['do']
  [argument: string]: unknown
}

/** Word for a value that is removed, as in imports. */
const noValue = '-'

/** Add the commands on devices of the running program. */
export function defineDevices(devices: Command): void {
  withExample(devices, 'forewarn devices retire vacuum-12')
  const add = (name: DeviceCommandBody['do'], description: string, example: string) =>
    withApiOptions(
      devices.command(name).description(description).argument('<id>', 'id of the device'),
      `forewarn devices ${name} ${example}`,
    )
  add('retire', 'take a device out of use: no alarms, tickets cancelled, messages quarantined', 'vacuum-12')
    .option('--reason <text>', 'for the history of its tickets')
    .action((id: string, options: ApiOptions & { reason?: string }) =>
      run(id, { do: 'retire', ...(options.reason !== undefined && { reason: options.reason }) }, options),
    )
  add('restore', 'bring a retired device back', 'vacuum-12').action((id: string, options: ApiOptions) =>
    run(id, { do: 'restore' }, options),
  )
  add('unassign', 'remove the owner of a device: their notices are withdrawn', 'vacuum-12').action(
    (id: string, options: ApiOptions) => run(id, { do: 'unassign' }, options),
  )
  addWithArguments(add)
}

type AddCommand = (name: DeviceCommandBody['do'], description: string, example: string) => Command

function addWithArguments(add: AddCommand): void {
  add('move', `change site or region; ${noValue} removes one`, 'vacuum-12 --site hotel-2 --region DE-BE')
    .option('--site <site>', 'new site')
    .option('--region <region>', 'new ISO 3166 region')
    .action((id: string, { site, region, ...options }: ApiOptions & { site?: string; region?: string }) =>
      run(id, { do: 'move', ...orNull({ site, region }) }, options),
    )
  add('rename', 'give a device another id; history, epochs and tickets go with it', 'vacuum-12 vacuum-hall')
    .argument('<new-id>', 'new id, which no device has yet')
    .action((id: string, to: string, options: ApiOptions) => run(id, { do: 'rename', to }, options))
  add(
    'replace',
    'record that a component, or the whole appliance, was replaced',
    'vacuum-12 --component battery',
  )
    .option('--component <name>', 'replaced component', 'device')
    .option('--at <time>', 'ISO 8601 with a zone (default: now)')
    .action((id: string, { component, at, ...options }: ApiOptions & { component: string; at?: string }) =>
      run(id, { do: 'replace', component, ...(at !== undefined && { at }) }, options),
    )
}

function orNull(fields: Record<string, string | undefined>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === noValue ? null : value]],
    ),
  )
}

async function run(id: string, command: CommandRequest, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const path = `/api/devices/${encodeURIComponent(id)}/commands`
  const device = await apiClientFor(options).post(path, { command }, responseSchema)
  const { owner, site, region, retiredAt } = device
  const state = retiredAt === null ? 'in use' : `retired since ${retiredAt.toISOString()}`
  output.line(`${device.id}  ${device.kind}  ${state}`)
  output.line(`  owner ${owner ?? noValue}  site ${site ?? noValue}  region ${region ?? noValue}`)
  output.result({ device })
}

/** Dates are text in a response. */
const responseSchema = registeredDeviceSchema.extend({
  retiredAt: z.coerce.date().nullable(),
  inUseSince: z.coerce.date().nullable(),
})
