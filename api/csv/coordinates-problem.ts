/** Return the problem of a row that has one of two coordinates; undefined when it has both or none. */
export function coordinatesProblem({
  latitude,
  longitude,
}: {
  latitude: number | null
  longitude: number | null
}) {
  if ((latitude === null) === (longitude === null)) return undefined
  const column = latitude === null ? 'latitude' : 'longitude'
  return { column, message: 'is missing, and the other one is there', hint: 'Write both, or none.' }
}
