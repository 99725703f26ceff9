import { z } from 'zod'
import { formatDuration } from '../../lib/duration.ts'

interface SettingSchema {
  type?: string
  title?: string
  description?: string
  enum?: readonly unknown[]
  anyOf?: readonly SettingSchema[]
  items?: SettingSchema
  properties?: Readonly<Record<string, SettingSchema>>
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
}

export interface DetectorSetting {
  key: string
  /** Allowed values, such as `1 to 100`. */
  value: string
  isRequired: boolean
  /** As it would be written in a rule file; absent where there is none. */
  default?: string
  description: string
}

/** Return the settings of a detector from the schema of its configuration. @throws TypeError for one without a description */
export function detectorSettings(config: z.ZodType): DetectorSetting[] {
  const schema = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' })
  const { properties = {}, required = [] } = schema as {
    properties?: Readonly<Record<string, SettingSchema>>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([key, setting]) => {
    const { description } = setting
    if (description === undefined) throw new TypeError(`${key} has no .describe()`)
    const fallback = defaultOf(config, key)
    return {
      key,
      value: formatType(setting),
      isRequired: required.includes(key),
      ...(fallback === undefined ? {} : { default: formatDefault(fallback, setting) }),
      description,
    }
  })
}

/** Return the Markdown table of a detector's settings. */
export function renderSettingsTable(config: z.ZodType): string {
  const rows = detectorSettings(config).map(({ key, value, isRequired, description, ...setting }) => [
    `\`${key}\``,
    value,
    isRequired ? 'required' : (setting.default ?? 'optional'),
    description,
  ])
  return renderTable(['setting', 'value', 'default', 'meaning'], rows)
}

/** Return a Markdown table. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** JSON Schema leaves out defaults of what is parsed from text, such as durations. */
function defaultOf(config: z.ZodType, key: string): unknown {
  const field = config instanceof z.ZodObject ? config.shape[key] : undefined
  return field instanceof z.ZodDefault ? field.def.defaultValue : undefined
}

function formatDefault(value: unknown, { title }: SettingSchema): string {
  return `\`${title === 'duration' && typeof value === 'number' ? formatDuration(value) : String(value)}\``
}

function formatType(schema: SettingSchema): string {
  if (schema.title === 'duration') return 'duration'
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(formatType).join(' or ')
  if (schema.type === 'array') return formatList(schema.items)
  if (schema.type === 'object')
    return schema.properties ? `\`{ ${Object.keys(schema.properties).join(', ')} }\`` : 'mapping'
  if (schema.type === 'integer') return `whole number${formatRange(schema)}`
  if (schema.type === 'number') return `number${formatRange(schema)}`
  return schema.type === 'string' ? 'text' : (schema.type ?? 'any')
}

function formatList(items: SettingSchema | undefined): string {
  if (items === undefined || items.type === 'object') return 'list of mappings'
  return `list of ${formatType(items).replace('number', 'numbers')}`
}

/** JavaScript's largest integers are no bounds that anyone set. */
function formatRange(schema: SettingSchema): string {
  const bound = (value: number | undefined) =>
    value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value
  const [min, max] = [bound(schema.minimum), bound(schema.maximum)]
  const [above, below] = [bound(schema.exclusiveMinimum), bound(schema.exclusiveMaximum)]
  if (min !== undefined && max !== undefined) return ` ${min} to ${max}`
  const bounds = [
    ...(min === undefined ? [] : [`from ${min}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(max === undefined ? [] : [`up to ${max}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ]
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`
}
