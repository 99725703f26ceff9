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
  /** Older than all of the recent past, oldest first. */
  older: readonly Point[]
  recent: History
}

export interface CourseSize extends HistorySize {
  /** Most points kept of what was before the recent past. */
  older: number
}

export const emptyCourse: Course = { older: [], recent: emptyHistory }

/** @returns the same object when the sample adds nothing */
export function addToCourse(course: Course, sample: Point, size: CourseSize): Course {
  const newestOld = course.older.at(-1)
  if (newestOld !== undefined && sample[0] <= newestOld[0]) return course
  const recent = addToHistory(course.recent, sample, { ...size, points: size.points + 1 })
  if (recent === course.recent) return course
  const [oldest] = recent.points
  if (oldest === undefined || recent.points.length <= size.points) return { ...course, recent }
  const older = [...course.older, oldest]
  return {
    older: older.length > size.older ? thinned(older) : older,
    recent: { ...recent, points: recent.points.slice(1) },
  }
}

/** All points, oldest first. */
export function pointsOfCourse({ older, recent }: Course): readonly Point[] {
  return [...older, ...pointsOf(recent)]
}

/** Neighbours become one: each time all spans double. */
function thinned(points: readonly Point[]): Point[] {
  return points.flatMap(([ts, value], index): Point[] => {
    const next = points[index + 1]
    if (index % 2 === 1) return []
    return [next === undefined ? [ts, value] : [(ts + next[0]) / 2, (value + next[1]) / 2]]
  })
}
