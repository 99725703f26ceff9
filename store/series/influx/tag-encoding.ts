/**
 * Encode a device or metric as a tag of InfluxDB. Characters with a meaning in line protocol or InfluxQL, and those
 * that these cannot contain, such as a line break, become %XX: the result needs no escaping in either and prevents
 * injection. `AA:BB/cc_1-2.3` is unchanged.
 */
export function encodeName(name: string): string {
  return name.replace(/[^\p{L}\p{N}:/@+]/gu, encodeURIComponent).replaceAll("'", '%27')
}

export function decodeName(encoded: string): string {
  return decodeURIComponent(encoded)
}
