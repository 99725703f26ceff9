/**
 * A device or metric as a tag of InfluxDB. Whatever means something in line protocol or in InfluxQL, and what these
 * cannot hold, such as a line break, becomes %XX: what is left needs no escaping in either, and there is nothing to
 * inject. `AA:BB/cc_1-2.3` stays as it is.
 */
export function encodeName(name: string): string {
  return name.replace(/[^\p{L}\p{N}:/@+]/gu, encodeURIComponent).replaceAll("'", '%27')
}

export function decodeName(encoded: string): string {
  return decodeURIComponent(encoded)
}
