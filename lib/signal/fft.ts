/**
 * Compute the discrete Fourier transform in place, by the radix-2 algorithm of J. W. Cooley and J. W. Tukey (Mathematics of
 * Computation, 1965). With the arguments exchanged it is the inverse, times the length.
 * @param re real parts; the length is a power of two
 * @param im imaginary parts, as many
 * @throws RangeError for another length
 */
export function fft(re: Float64Array, im: Float64Array): void {
  const { length } = re
  if (length === 0 || (length & (length - 1)) !== 0 || im.length !== length)
    throw new RangeError(`a transform of ${length} and ${im.length} values; it needs the same power of two`)
  reverseBits(re, im)
  for (let size = 2; size <= length; size *= 2) {
    for (let offset = 0; offset < size / 2; offset++) combineAt(re, im, offset, size)
  }
}

/** Return the least power of two that is not below a length. */
export function paddedLength(length: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, length)))
}

/** Combine the pairs of a stage that have the same factor: the inner loop, so without objects. */
function combineAt(re: Float64Array, im: Float64Array, offset: number, size: number): void {
  const angle = (-2 * Math.PI * offset) / size
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const half = size / 2
  for (let low = offset; low < re.length; low += size) {
    const a = re[low + half] ?? 0
    const b = im[low + half] ?? 0
    const c = re[low] ?? 0
    const d = im[low] ?? 0
    const productRe = a * cos - b * sin
    const productIm = a * sin + b * cos
    re[low + half] = c - productRe
    im[low + half] = d - productIm
    re[low] = c + productRe
    im[low] = d + productIm
  }
}

function reverseBits(re: Float64Array, im: Float64Array): void {
  const { length } = re
  for (let index = 1, reversed = 0; index < length; index++) {
    let bit = length >> 1
    for (; reversed & bit; bit >>= 1) reversed ^= bit
    reversed ^= bit
    if (index >= reversed) continue
    swap(re, index, reversed)
    swap(im, index, reversed)
  }
}

function swap(values: Float64Array, one: number, other: number): void {
  const kept = values[one] ?? 0
  values[one] = values[other] ?? 0
  values[other] = kept
}
