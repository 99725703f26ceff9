import {
  addToHistory,
  emptyHistory,
  type History,
  type HistorySize,
  type Point,
  pointsOf,
} from './history.ts'

/**
 * A series from its first sample on, of bounded size: the recent past in spans of equal length, and what was before
 * ever more thinly. Samples may come in any order and more than once, as in a history; where they come too late for
 * the recent past they are left out.
 */
export interface Course {
  older: Older
  recent: History
}

/** What was before the recent past: the first point of each span of time, oldest first. */
interface Older {
  /** Length of a span, ms; it doubles each time there are too many. */
  spanMs: number
  points: readonly Point[]
}

export interface CourseSize extends HistorySize {
  /** Most points kept of what was before the recent past. */
  older: number
}

export const emptyCourse: Course = { older: { spanMs: 0, points: [] }, recent: emptyHistory }

/** @returns the same object when the sample adds nothing */
export function addToCourse(course: Course, sample: Point, size: CourseSize): Course {
  const newestOld = course.older.points.at(-1)
  if (newestOld !== undefined && sample[0] <= newestOld[0]) return course
  const recent = addToHistory(course.recent, sample, { ...size, points: size.points + 1 })
  if (recent === course.recent) return course
  const [oldest] = recent.points
  if (oldest === undefined || recent.points.length <= size.points) return { ...course, recent }
  return {
    older: addToOlder(course.older, oldest, size),
    recent: { ...recent, points: recent.points.slice(1) },
  }
}

/** All points, oldest first. */
export function pointsOfCourse({ older, recent }: Course): readonly Point[] {
  return [...older.points, ...pointsOf(recent)]
}

function addToOlder(older: Older, point: Point, size: CourseSize): Older {
  let spanMs = Math.max(older.spanMs, size.spanMs)
  let points = firstOfEach([...older.points, point], spanMs)
  while (points.length > size.older) {
    spanMs *= 2
    points = firstOfEach(points, spanMs)
  }
  return { spanMs, points }
}

function firstOfEach(points: readonly Point[], spanMs: number): Point[] {
  const spanOf = (point: Point | undefined) => point && Math.floor(point[0] / spanMs)
  return points.filter((point, index) => spanOf(point) !== spanOf(points[index - 1]))
}
