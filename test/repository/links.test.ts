import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { listRepositoryFiles, readRepositoryFile } from './repository-files.ts'

const files = new Set(listRepositoryFiles())
const folders = new Set([...files].flatMap(parentsOf))
const documents = [...files].filter((path) => path.endsWith('.md'))

test('every relative link in a document leads to an existing file and heading', () => {
  const broken = documents.flatMap((path) =>
    linksIn(readRepositoryFile(path))
      .filter((link) => !resolves(path, link))
      .map((link) => `${path}: ${link}`),
  )
  expect(broken).toEqual([])
})

test('every source file that a README names exists', () => {
  const missing = documents
    .filter((path) => posix.basename(path) === 'README.md')
    .flatMap((path) =>
      fileNamesIn(readRepositoryFile(path))
        .filter((name) => !isFile(posix.dirname(path), name))
        .map((name) => `${path}: ${name}`),
    )
  expect(missing).toEqual([])
})

test('links and headings are read as GitHub shows them', () => {
  expect(
    linksIn('[a](b.md#c), `[code](x)`, ![image](d.svg)\n```\n[fenced](y)\n```\n[web](https://e)'),
  ).toEqual(['b.md#c', 'd.svg'])
  expect(anchorsIn('# A `b` & c-d\n## A `b` & c-d\n```\n# no heading\n```')).toEqual([
    'a-b--c-d',
    'a-b--c-d-1',
  ])
  expect(resolves('README.md', 'docs/architecture.md#no-such-heading')).toBe(false)
  expect(resolves('README.md', 'docs/no-such-page.md')).toBe(false)
})

function resolves(document: string, link: string): boolean {
  const [path = '', anchor] = decodeURI(link).split('#')
  const target = path === '' ? document : posix.normalize(posix.join(posix.dirname(document), path))
  const place = target.replace(/\/$/, '')
  if (!files.has(place) && !folders.has(place)) return false
  return (
    anchor === undefined || !place.endsWith('.md') || anchorsIn(readRepositoryFile(place)).includes(anchor)
  )
}

/** Return the targets of all links and images that lead to this repository. */
function linksIn(markdown: string): string[] {
  const text = withoutCode(markdown).replace(/`[^`\n]*`/g, '``')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
}

/** Return the anchors of all headings; a repeated heading gets a number, as on GitHub. */
function anchorsIn(markdown: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutCode(markdown).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
}

/** Return the names of source files in inline code, such as `engine/step.ts`; no patterns, no commands. */
function fileNamesIn(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/`((?:\.\.\/)*(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.ts)`/g)].map(
    ([, name = '']) => name,
  )
}

/** Is `name` a file in `folder`, below it, or from the root? */
function isFile(folder: string, name: string): boolean {
  if (files.has(name) || files.has(posix.join(folder, name))) return true
  return [...files].some((path) => path.startsWith(`${folder}/`) && path.endsWith(`/${name}`))
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)```[\s\S]*?^\1```/gm, '')
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, index).join('/'))
}
