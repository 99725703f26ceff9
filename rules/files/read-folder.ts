import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface TextFile {
  file: string
  text: string
}

/** The YAML files that paths name: files as they are, folders with all that is in them, in order of name. */
export async function readYamlFiles(paths: readonly string[]): Promise<TextFile[]> {
  const files = (await Promise.all(paths.map(yamlFilesAt))).flat()
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })))
}

async function yamlFilesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = await readdir(path, { recursive: true })
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name))
}
