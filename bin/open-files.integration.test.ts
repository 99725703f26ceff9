import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../lib/package-root.ts'

it('says that the limit of open files is too low, before anything fails because of it', async () => {
  const command = `ulimit -n 200; exec '${process.execPath}' '${join(packageRoot, 'bin/forewarn.js')}' config`
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile('sh', ['-c', command], (error, _stdout, text) => resolve({ code: error?.code, stderr: text }))
  })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'forewarn: the limit of open files is 200; at least 512 are needed: ulimit -n 65536\n',
  })
})
