import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { errorMessage } from '../../lib/error-message.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { contactChannelNames } from '../../notices/channels/contact-addresses.ts'
import type { Detector } from '../../rules/detectors/detector.ts'
import {
  createDetectorRegistry,
  type DetectorRegistry,
  detectorNameProblem,
} from '../../rules/detectors/registry.ts'
import { shippedDetectors } from '../../rules/detectors/shipped.ts'
import type { ChannelFactory, Plugin } from './plugin.ts'

/** A plugin cannot be used. The message says which file, why, and what to do. */
export class PluginError extends ExpectedError {
  override readonly name = 'PluginError'
}

export interface LoadedPlugins {
  /** The shipped detectors, then those of the plugins. */
  detectors: DetectorRegistry
  channels: readonly ChannelFactory[]
}

const isFunction = z.custom((value) => typeof value === 'function', 'it must be a function')

const detectorShape = z.looseObject({
  name: z.string(),
  config: z.custom(
    (value) => typeof (value as Partial<z.ZodType> | undefined)?.safeParse === 'function',
    'it must be a zod schema (import { z } from "forewarn/plugin")',
  ),
  validate: isFunction,
  createEvaluator: isFunction,
  stricter: z.record(z.string(), isFunction, 'it must be a mapping from keys to functions, {} for none'),
  indicatesFailure: isFunction,
})

const pluginShape = z.strictObject({
  detectors: z.array(detectorShape).optional(),
  channels: z
    .array(
      z.looseObject({
        name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'use a-z, 0-9 and _, beginning with a letter'),
        maxRate: z.number().gt(0).optional(),
        create: isFunction,
      }),
    )
    .optional(),
})

const shippedChannels: readonly string[] = ['inbox', 'mqtt', ...contactChannelNames]

/**
 * Load the modules that the setting `plugins` names, in its order.
 * @param paths absolute paths of ES modules
 * @throws PluginError for the first one that cannot be loaded, has another shape, or takes a name that exists
 */
export async function loadPlugins(paths: readonly string[]): Promise<LoadedPlugins> {
  const detectors: Detector[] = [...shippedDetectors]
  const channels: ChannelFactory[] = []
  for (const path of paths) {
    const plugin = await importPlugin(path)
    for (const detector of plugin.detectors ?? []) {
      const taken = detectors.map(({ name }) => name)
      const problem = detectorNameProblem(detector.name, taken)
      if (problem !== undefined) throw new PluginError(`plugin ${path}: ${problem}`)
      detectors.push(detector)
    }
    for (const channel of plugin.channels ?? []) {
      const taken = [...shippedChannels, ...channels.map(({ name }) => name)]
      if (taken.includes(channel.name)) {
        const problem = `there is already a channel "${channel.name}"; choose another name`
        throw new PluginError(`plugin ${path}: ${problem}`)
      }
      channels.push(channel)
    }
  }
  return { detectors: createDetectorRegistry(detectors), channels }
}

async function importPlugin(path: string): Promise<Plugin> {
  const module = await import(pathToFileURL(path).href).catch((error: unknown) => {
    const fix = 'fix the file, or correct the setting plugins'
    throw new PluginError(`plugin ${path} cannot be loaded: ${errorMessage(error)}; ${fix}`, { cause: error })
  })
  const checked = pluginShape.safeParse(module.default)
  if (checked.success) return module.default as Plugin
  const problems = checked.error.issues.map(({ path: at, message }) =>
    [at.join('.') || 'its default export', message].join(': '),
  )
  const fix = 'export { detectors, channels } as default, see docs/plugins.md'
  throw new PluginError(`plugin ${path} is no plugin: ${problems.join('; ')}; ${fix}`)
}
