import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { DepotsTable, ReplenishmentsTable, StockTable } from '../../store/records/desk-schema.ts'
import { idField, locationFields, nameField, storedLocationFields, versionField } from './fields.ts'

export const depotBody = z
  .strictObject({
    name: nameField,
    kind: z.enum(['depot', 'van']).describe('`van`: stock carried by a technician.'),
    region: locationFields.region.default(null),
    latitude: locationFields.latitude.default(null),
    longitude: locationFields.longitude.default(null),
  })
  .refine(({ latitude, longitude }) => (latitude === null) === (longitude === null), {
    error: 'latitude and longitude belong together',
  })

export const depotSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['depot', 'van']),
    ...storedLocationFields,
    updatedAt: z.date(),
    version: versionField,
  })
  .meta({ id: 'Depot', description: 'Storage location of spare parts.' })

export function toDepot(row: Selectable<DepotsTable>): z.output<typeof depotSchema> {
  const { id, name, kind, region, latitude, longitude, version } = row
  return { id, name, kind, region, latitude, longitude, updatedAt: row.updated_at, version }
}

export const stockKeyParams = z.strictObject({
  id: idField.describe('Id of the depot.'),
  part: idField.describe('Part name as used in the rules.'),
})

const maxQuantity = 1_000_000
export const quantityField = z.int().min(0).max(maxQuantity)

export const stockLevelBody = z.strictObject({
  onHand: quantityField.describe('Counted quantity on hand.'),
  safety: quantityField
    .default(0)
    .describe('Safety stock: a replenishment is raised when available stock falls below it.'),
})
export const restockBody = z.strictObject({
  quantity: z.int().min(1).max(maxQuantity).describe('Quantity received.'),
})
export const transferBody = z.strictObject({
  to: idField.describe('Destination depot.'),
  quantity: z.int().min(1).max(maxQuantity),
})

export const stockSchema = z
  .object({
    depot: z.string(),
    part: z.string(),
    onHand: z.int(),
    reserved: z.int().describe('Quantity reserved for tickets.'),
    free: z.int(),
    safety: z.int(),
    updatedAt: z.date(),
    version: versionField,
  })
  .meta({ id: 'Stock', description: 'Stock of one part in one depot.' })

export function toStock(row: Selectable<StockTable>): z.output<typeof stockSchema> {
  return {
    depot: row.depot_id,
    part: row.part,
    onHand: row.on_hand,
    reserved: row.reserved,
    free: row.on_hand - row.reserved,
    safety: row.safety,
    updatedAt: row.updated_at,
    version: row.version,
  }
}

export const replenishmentStates = ['open', 'done'] as const

export const replenishmentSchema = z
  .object({
    id: z.string(),
    depot: z.string(),
    part: z.string(),
    state: z.enum(replenishmentStates),
    available: z.int().describe('Available quantity when raised.'),
    safety: z.int(),
    raisedAt: z.date(),
    doneAt: z.date().nullable(),
  })
  .meta({ id: 'Replenishment', description: 'Replenishment request: a part below its safety stock.' })

export function toReplenishment(row: Selectable<ReplenishmentsTable>): z.output<typeof replenishmentSchema> {
  return {
    id: row.id,
    depot: row.depot_id,
    part: row.part,
    state: row.state,
    available: row.available,
    safety: row.safety,
    raisedAt: row.raised_at,
    doneAt: row.done_at,
  }
}
