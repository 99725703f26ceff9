import { z } from 'zod'

/** Metadata of a setting, in addition to its type and default. */
export interface SettingInfo {
  /** Environment variable that sets it. */
  env: string
  /** Description of the allowed values. Completes the sentence "it must be …". */
  allowed: string
  description: string
  /** It may contain a password: never shown in full. */
  secret?: true
}

export interface Setting extends SettingInfo {
  path: readonly string[]
  /** Path as written by people: `http.port`. */
  name: string
  schema: z.ZodType
  /** As written in a settings file; absent when there is none. */
  default?: unknown
}

const settingRegistry = z.registry<SettingInfo>()

export function setting<T extends z.ZodType>(schema: T, info: SettingInfo): T {
  settingRegistry.add(schema, info)
  return schema
}

/** Return all settings below a section, in the order of the schema. */
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
