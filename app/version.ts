import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../lib/package-root.ts'

/** Version of the installed package. */
export const version = String(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version)
