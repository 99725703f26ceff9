import type { Installation } from './installation.ts'

/** Run twice, keep a part between the runs, and put it back after the second one. @returns what the records had then */
export async function setBack(
  installation: Installation,
  keep: () => Promise<() => Promise<void>>,
): Promise<ReturnType<Installation['outcome']>> {
  await installation.start()
  await installation.overheat('a', 'b')
  await installation.stop()
  const putBack = await keep()
  await installation.start()
  await installation.overheat('c', 'd')
  const expected = await installation.outcome()
  await installation.stop()
  await putBack()
  await installation.start()
  return expected
}
