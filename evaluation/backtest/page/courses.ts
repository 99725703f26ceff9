import type { History } from '../history.ts'
import { type Bucket, Buckets } from './buckets.ts'

/** ms since 1970, the end excluded. */
export interface Span {
  from: number
  to: number
}

/** A metric of a device in a span of time. */
export interface Course extends Span {
  device: string
  metric: string
}

/** The courses of some metrics, read from history in one pass; in the order in which they are asked for. */
export async function readCourses(history: History, courses: readonly Course[]): Promise<Bucket[][]> {
  const asked = courses.map((course) => ({ course, buckets: new Buckets(course) }))
  const byDevice = new Map<string, typeof asked>()
  for (const one of asked) {
    const { device } = one.course
    byDevice.set(device, [...(byDevice.get(device) ?? []), one])
  }
  const from = Math.min(...courses.map((course) => course.from))
  const to = Math.max(...courses.map((course) => course.to))
  for await (const batch of history.readings({ from, to, devices: [...byDevice.keys()] })) {
    for (const { device, ts, values } of batch) {
      for (const { course, buckets } of byDevice.get(device) ?? []) {
        const value = values[course.metric]
        if (value !== undefined && ts >= course.from && ts < course.to) buckets.add(ts, value)
      }
    }
  }
  return asked.map(({ buckets }) => buckets.all())
}
