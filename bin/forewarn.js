#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072 node
const minOpenFiles = 512
// Below this limit Node fails while it loads modules, with errors that do not name the cause.
const limit = process.report.getReport().userLimits?.open_files.soft
if (typeof limit === 'number' && limit < minOpenFiles) {
  process.stderr.write(
    `forewarn: the limit of open files is ${limit}; at least ${minOpenFiles} are needed: ulimit -n 65536\n`,
  )
  process.exitCode = 1
} else {
  await import('../dist/bin/main.js')
}
