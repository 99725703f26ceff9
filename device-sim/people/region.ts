import type { Random } from '../random.ts'

/** WGS 84, degrees. */
export interface GeoPoint {
  latitude: number
  longitude: number
}

/** The area where people live and work: one city with its surroundings. */
export interface Region extends GeoPoint {
  id: string
  city: string
  /** IANA name. */
  timeZone: string
}

const regions: readonly Region[] = [
  { id: 'DE', city: 'Munich', timeZone: 'Europe/Berlin', latitude: 48.14, longitude: 11.58 },
  { id: 'FR', city: 'Lyon', timeZone: 'Europe/Paris', latitude: 45.76, longitude: 4.84 },
  { id: 'IT', city: 'Bologna', timeZone: 'Europe/Rome', latitude: 44.49, longitude: 11.34 },
]

/** Return the region of that name; an unknown one is on the prime meridian. */
export function findRegion(id: string): Region {
  return (
    regions.find((region) => region.id === id) ?? {
      id,
      city: id,
      timeZone: 'UTC',
      latitude: 51.48,
      longitude: 0,
    }
  )
}

const earthRadiusKm = 6_371
const kmPerDegree = (Math.PI / 180) * earthRadiusKm

/** Return a home near the middle of a region: distances are Rayleigh distributed, half of them within 1.18 × `spreadKm`. */
export function randomPointNear(
  { latitude, longitude }: GeoPoint,
  random: Random,
  spreadKm: number,
): GeoPoint {
  const north = spreadKm * random.normal()
  const east = spreadKm * random.normal()
  return {
    latitude: latitude + north / kmPerDegree,
    longitude: longitude + east / (kmPerDegree * Math.cos((latitude * Math.PI) / 180)),
  }
}

/** Return the great-circle distance (haversine), km. */
export function distanceKm(from: GeoPoint, to: GeoPoint): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const north = radians(to.latitude - from.latitude)
  const east = radians(to.longitude - from.longitude)
  const chord =
    Math.sin(north / 2) ** 2 +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * Math.sin(east / 2) ** 2
  return 2 * earthRadiusKm * Math.asin(Math.sqrt(chord))
}
