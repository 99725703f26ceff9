/** Return rows as the JSON text that `json_to_recordset` takes: one parameter for any number of rows. */
export function toRecordsetJson(rows: readonly object[]): string {
  return JSON.stringify(rows, (_key, value) => (typeof value === 'string' ? sanitizePgText(value) : value))
}

/**
 * Replace what PostgreSQL's text type cannot store: NUL by its symbol, half a surrogate pair by the replacement
 * character.
 */
export function sanitizePgText(text: string): string {
  return text.replaceAll('\0', '␀').replace(/\p{Surrogate}/gu, '\ufffd')
}
