/** Position on Earth, degrees. */
export interface GeoPosition {
  latitude: number
  longitude: number
}

const earthRadiusKm = 6_371

/** Return the great-circle distance in km, by the haversine formula (Sinnott, "Virtues of the Haversine", 1984). */
export function distanceKm(one: GeoPosition, other: GeoPosition): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180
  const latitude = rad(other.latitude - one.latitude) / 2
  const longitude = rad(other.longitude - one.longitude) / 2
  const h =
    Math.sin(latitude) ** 2 +
    Math.cos(rad(one.latitude)) * Math.cos(rad(other.latitude)) * Math.sin(longitude) ** 2
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)))
}

interface OptionalPosition {
  latitude: number | null
  longitude: number | null
}

/** Return the position of a row; undefined when it is unknown. */
export function positionOf({ latitude, longitude }: OptionalPosition): GeoPosition | undefined {
  return latitude === null || longitude === null ? undefined : { latitude, longitude }
}
