import { expect, test } from 'vitest'
import { listRepositoryFiles, readRepositoryFile } from './repository-files.ts'

const unitTests = listRepositoryFiles().filter(
  (path) =>
    /\.test\.tsx?$/.test(path) &&
    !path.endsWith('.integration.test.ts') &&
    !/^test\/([^/]+|(scenarios|long)\/.*)$/.test(path) &&
    path !== 'test/repository/projects.test.ts',
)

/** Start a process or a database, or are given one. */
const starters =
  /\bnode:child_process\b|\bdescribeEach(Database|QueueBackend)\b|\b(open(TestApi|Records|LmdbJournal|DuckDbSeries|PglitePool)|start(Postgres|Redis|RedisCluster|Mosquitto|Influx|VictoriaMetrics|Program))\(/

test('a test that starts a process or a database is named *.integration.test.ts', () => {
  expect(unitTests.length).toBeGreaterThan(100)
  expect(unitTests.filter((path) => starters.test(readRepositoryFile(path)))).toEqual([])
})
