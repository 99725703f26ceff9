import { dayMs, hourMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import { findRegion, type GeoPoint } from './region.ts'
import type { SimulatedTechnician } from './technician.ts'

interface StockLevel {
  part: string
  onHand: number
  safety: number
}

/** A place where parts are stored: the depot of a region, or a van. */
export interface StockLocation {
  id: string
  kind: 'depot' | 'van'
  region: string
  location: GeoPoint
  stockLevels: StockLevel[]
}

/**
 * Initial and reorder levels of a region's depot: low, so that parts run out as they do in practice. Cheap parts with
 * frequent demand are stocked in numbers, expensive ones once. Our choice.
 */
const depotStock: readonly StockLevel[] = [
  { part: 'battery', onHand: 6, safety: 4 },
  { part: 'filter', onHand: 6, safety: 4 },
  { part: 'main_brush_motor', onHand: 2, safety: 2 },
  { part: 'anode', onHand: 2, safety: 2 },
  { part: 'drum_bearing', onHand: 2, safety: 1 },
  { part: 'door_seal', onHand: 1, safety: 1 },
  { part: 'condenser', onHand: 1, safety: 1 },
  { part: 'battery_12v', onHand: 1, safety: 1 },
  { part: 'heating_element', onHand: 1, safety: 1 },
  { part: 'sealed_circuit', onHand: 1, safety: 0 },
  { part: 'traction_battery', onHand: 0, safety: 0 },
]

/** Stock of a van, by the skill that uses it. */
const vanStock: readonly (StockLevel & { skill: string })[] = [
  { skill: 'power', part: 'battery', onHand: 1, safety: 0 },
  { skill: 'cleaning', part: 'filter', onHand: 2, safety: 0 },
]

export function generateStockLocations(technicians: readonly SimulatedTechnician[]): StockLocation[] {
  const regions = [...new Set(technicians.map(({ region }) => region))]
  return [...regions.map(createDepot), ...technicians.map(createVan)]
}

/** Return the id of the depot of a region. */
export function depotId(region: string): string {
  return `depot-${region.toLowerCase()}`
}

function createDepot(region: string): StockLocation {
  const { latitude, longitude } = findRegion(region)
  const shelves = depotStock.map((shelf) => ({ ...shelf }))
  return {
    id: depotId(region),
    kind: 'depot',
    region,
    location: { latitude, longitude },
    stockLevels: shelves,
  }
}

function createVan({ vanId, region, home, skills }: SimulatedTechnician): StockLocation {
  const shelves = vanStock
    .filter(({ skill }) => skills.includes(skill))
    .map(({ part, onHand, safety }) => ({ part, onHand, safety }))
  return { id: vanId, kind: 'van', region, location: home, stockLevels: shelves }
}

export interface Shortage {
  depot: string
  part: string
  /** When it was noticed, ms. */
  at: number
  /** In stock and not reserved. */
  available: number
  safety: number
}

/** Share of late orders. Ordered parts arrive after two to five days, one in eight orders a week later. Our choice. */
const lateOrderShare = 0.12

/** Sample the delivery of an order: twice the safety level, at least two. */
export function sampleDelivery(
  seed: number,
  { depot, part, at, available, safety }: Shortage,
): { at: number; quantity: number } {
  const random = new Random(seed, 'delivery', depot, part, at)
  const days = random.between(2, 5) + (random.chance(lateOrderShare) ? 7 : 0)
  const quantity = Math.max(2, 2 * safety + 1 - available)
  return { at: Math.ceil((at + days * dayMs) / hourMs) * hourMs, quantity }
}
