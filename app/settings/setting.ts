import { z } from 'zod'

/** What is known of one setting beside its type and default. */
export interface SettingInfo {
  /** The environment variable that sets it. */
  env: string
  /** In words: which values are allowed. Completes the sentence "it must be …". */
  allowed: string
  description: string
  /** It may carry a password: never shown in full. */
  secret?: true
}

export interface Setting extends SettingInfo {
  path: readonly string[]
  /** The path as people write it: `http.port`. */
  name: string
  schema: z.ZodType
  /** As it would be written in the file; absent when there is none. */
  default?: unknown
}

const settingRegistry = z.registry<SettingInfo>()

export function setting<T extends z.ZodType>(schema: T, info: SettingInfo): T {
  settingRegistry.add(schema, info)
  return schema
}

/** All settings below a section, in the order of the schema. */
export function collectSettings(schema: z.ZodType, path: readonly string[] = []): Setting[] {
  const info = settingRegistry.get(schema)
  if (info) return [{ ...info, path, name: path.join('.'), schema, ...defaultOf(schema) }]
  const section = schema instanceof z.ZodPrefault ? schema.unwrap() : schema
  if (!(section instanceof z.ZodObject))
    throw new TypeError(`${path.join('.')} is neither a setting nor a section`)
  return Object.entries<z.ZodType>(section.shape).flatMap(([key, child]) =>
    collectSettings(child, [...path, key]),
  )
}

function defaultOf(schema: z.ZodType): { default?: unknown } {
  return schema instanceof z.ZodPrefault ? { default: schema.def.defaultValue } : {}
}
