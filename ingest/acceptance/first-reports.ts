/** Names reported of one device, and devices kept; beyond that a device is no longer reported, or is reported again. */
const maxNamesPerDevice = 100
const maxDevices = 10_000

/** Remembers since the start, within bounds, what was reported of each device, so that it is reported once. */
export class FirstReports {
  readonly #names = new Map<string, Set<string>>()

  /** @returns true for the first report of the name */
  add(device: string, name: string): boolean {
    const names = this.#names.get(device) ?? new Set()
    if (names.has(name) || names.size >= maxNamesPerDevice) return false
    this.#names.set(device, names.add(name))
    const [oldest] = this.#names.size > maxDevices ? this.#names.keys() : []
    if (oldest !== undefined) this.#names.delete(oldest)
    return true
  }

  forget(device: string): void {
    this.#names.delete(device)
  }
}
