import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Device } from '../../contract/device.ts'
import {
  type DeviceCommand,
  DeviceCommandRejectedError,
  type DeviceUpdate,
} from '../../ingest/devices/device-commands.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { problemResponses } from '../problem.ts'
import {
  type DeviceCommandBody,
  deviceCommandBody,
  deviceParams,
  devicePatchBody,
  registeredDeviceSchema,
  toRegisteredDevice,
} from '../schemas/device.ts'
import { emptyQuery } from '../schemas/fields.ts'

type CommandDependencies = Pick<ApiDependencies, 'records' | 'registration' | 'now'>

/** Register the changes of devices by operators. They go through the journal, so that rules and records see the same. */
export function deviceCommandRoutes({
  records,
  registration,
  now,
}: CommandDependencies): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  const run = async (id: string, command: DeviceCommand) => ({
    body: toRegisteredDevice(await mapRejection(registration.command(id, command))),
  })
  const schema = (summary: string) => ({
    tags: ['devices'],
    summary,
    params: deviceParams,
    querystring: emptyQuery,
    headers: commandHeaders,
    response: {
      200: registeredDeviceSchema,
      ...problemResponses('device_not_found', 'command_rejected', ...IdempotentCommands.errorCodes),
    },
  })
  return async (app) => {
    app.patch('/api/devices/:id', {
      schema: { ...schema('Change fields of a device; null removes one'), body: devicePatchBody },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, () =>
          run(request.params.id, { do: 'update', fields: withoutUndefined(request.body) }),
        ),
    })

    app.delete('/api/devices/:id', {
      schema: {
        ...schema('Retire a device'),
        description: 'Its history stays. The command `restore` brings it back.',
      },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, () => run(request.params.id, { do: 'retire' })),
    })

    app.post('/api/devices/:id/commands', {
      schema: {
        ...schema('Retire, restore, unassign, move, rename or replace a device'),
        description:
          'A retired device raises no alarms; its open tickets are cancelled and its messages quarantined. `replace` starts a new epoch of one component, or of all.',
        body: deviceCommandBody,
      },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, () =>
          run(request.params.id, toDeviceCommand(request.body.command, now())),
        ),
    })
  }
}

function toDeviceCommand(body: DeviceCommandBody, now: number): DeviceCommand {
  switch (body.do) {
    case 'unassign':
      return { do: 'update', fields: { owner: null } }
    case 'move': {
      const { do: _, ...fields } = body
      return { do: 'update', fields }
    }
    case 'replace':
      return { do: 'replace', component: body.component, ts: body.at ?? now }
    default:
      return body
  }
}

function withoutUndefined(fields: { [F in keyof DeviceUpdate]?: DeviceUpdate[F] | undefined }): DeviceUpdate {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** @throws ApiError `device_not_found`, `command_rejected` */
async function mapRejection(command: Promise<Device>): Promise<Device> {
  try {
    return await command
  } catch (error) {
    if (!(error instanceof DeviceCommandRejectedError)) throw error
    const message = error.message.charAt(0).toUpperCase() + error.message.slice(1)
    const code = error.code === 'unknown_device' ? 'device_not_found' : 'command_rejected'
    throw new ApiError(code, /[.!?]$/.test(message) ? message : `${message}.`)
  }
}
