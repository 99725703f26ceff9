/** Return the name nearest to a mistyped one; undefined when none is near enough. */
export function didYouMean(typed: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let fewestEdits = Math.max(2, Math.floor(typed.length / 3)) + 1
  const given = typed.toLowerCase()
  for (const name of names) {
    // A lower bound of the distance. Devices send texts of any length, and to compare those takes seconds.
    if (Math.abs(given.length - name.length) >= fewestEdits) continue
    const edits = editDistance(given, name.toLowerCase())
    if (edits < fewestEdits) {
      nearest = name
      fewestEdits = edits
    }
  }
  return nearest
}

/** Return the Levenshtein distance, by the algorithm of Wagner and Fischer (1974) with one row kept. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, at(row, j) + 1, at(next, j - 1) + 1))
    }
    row = next
  }
  return at(row, b.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? 0
