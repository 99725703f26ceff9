import type { Command } from 'commander'
import { describeSettings, renderSettingsYaml } from '../settings/describe.ts'
import { createOutput } from '../terminal/output.ts'
import { type CommonOptions, loadCommandSettings, withCommonOptions } from './common.ts'

export function defineConfig(command: Command): void {
  command.action((options: CommonOptions) => {
    const { settings, sources } = loadCommandSettings(options)
    const rows = describeSettings(settings, sources)
    const output = createOutput(options)
    output.line(renderSettingsYaml(rows))
    output.result({ settings: rows })
  })
  withCommonOptions(command, 'forewarn config --config forewarn.yaml')
}
