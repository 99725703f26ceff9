import type { Command } from 'commander'
import { type ApiClient, createApiClient, localApiUrl } from '../api-client.ts'
import { type CommonOptions, loadCommandSettings, withCommonOptions } from './common.ts'

export interface ApiOptions extends CommonOptions {
  url?: string
}

/** Add the options of every command that uses the API of the running program. */
export function withApiOptions(command: Command, example: string): Command {
  command.option('--url <url>', 'URL of the HTTP API (default: from the settings)')
  return withCommonOptions(command, example)
}

export function apiClientFor(options: ApiOptions): ApiClient {
  return createApiClient(options.url ?? localApiUrl(loadCommandSettings(options).settings))
}
