export interface RecentKeysLimits {
  /** Maximum number of keys per device; beyond that its oldest is evicted. */
  keysPerDevice: number
  /** Maximum number of keys of all devices; beyond that the least recently used device is evicted. */
  totalKeys: number
}

/** Recent keys of each device, least recently used first. */
export interface RecentKeys {
  add(device: string, key: string): 'new' | 'seen'
  forget(device: string): void
}

export function createRecentKeys(limits: RecentKeysLimits): RecentKeys {
  // Both in order of use: the first device is the least recently used one, its first key the oldest.
  const devices = new Map<string, Set<string>>()
  let total = 0

  function forget(device: string): void {
    total -= devices.get(device)?.size ?? 0
    devices.delete(device)
  }

  function evictQuietDevices(): void {
    for (const device of devices.keys()) {
      if (total <= limits.totalKeys) return
      forget(device)
    }
  }

  return {
    forget,
    add(device, key) {
      const keys = devices.get(device) ?? new Set()
      if (keys.has(key)) return 'seen'
      devices.delete(device)
      devices.set(device, keys.add(key))
      total += 1
      const [oldest] = keys.size > limits.keysPerDevice ? keys : []
      if (oldest !== undefined && keys.delete(oldest)) total -= 1
      evictQuietDevices()
      return 'new'
    },
  }
}
