/**
 * The result of something, if it comes within `ms`. What it does afterwards is not heard of any more.
 * @throws what `late` makes, when it does not come
 */
export async function deadline<T>(ms: number, done: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([done, over])
  } finally {
    clearTimeout(timer)
  }
}
