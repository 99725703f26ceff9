import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'
import { createDetectorRegistry } from '../detectors/registry.ts'
import { loadKinds } from '../files/kinds.ts'
import { loadRules } from '../files/load-rules.ts'
import { detectorSettings, renderSettingsTable, renderTable } from './settings-table.ts'
import { stateBytes } from './state-size.ts'

export interface ReferencePage {
  /** Absolute path. */
  path: string
  /** What stands there now. */
  text: string
  /** What should stand there. */
  current: string
}

const detectorsFolder = join(packageRoot, 'rules', 'detectors')

/** Return the README of each detector and docs/rules.md, as they are and as they follow from the code. */
export async function referencePages(): Promise<ReferencePage[]> {
  const detectors = createDetectorRegistry()
  const kinds = await loadKinds(join(packageRoot, 'rules', 'kinds'))
  const pages: ReferencePage[] = []
  const rows: string[][] = []
  for (const name of detectors.names) {
    const config = detectors.get(name)?.config
    if (config === undefined) throw new TypeError(`there is no detector ${name}`)
    const path = join(detectorsFolder, name, 'README.md')
    const text = await readFile(path, 'utf8')
    pages.push({
      path,
      text,
      current: replaceSection(text, { path, name: 'settings', content: renderSettingsTable(config) }),
    })
    const [rule] = await loadRules([join(detectorsFolder, name, 'sample.yaml')], { kinds, detectors })
    const kind = kinds.get(rule?.kind ?? '')
    if (rule === undefined || kind === undefined) throw new TypeError(`the sample of ${name} has no rule`)
    const settings = detectorSettings(config).map(({ key, ...setting }) =>
      setting.default === undefined ? `\`${key}\`` : `\`${key}\` (${setting.default})`,
    )
    const link = `[\`${name}\`](../rules/detectors/${name}/README.md)`
    rows.push([link, summaryOf(text), settings.join(', '), formatBytes(stateBytes(rule, kind))])
  }
  const path = join(packageRoot, 'docs', 'rules.md')
  const text = await readFile(path, 'utf8')
  const content = renderTable(['detector', 'finds', 'settings (default)', 'bytes'], rows)
  pages.push({ path, text, current: replaceSection(text, { path, name: 'detectors', content }) })
  return pages
}

/** The first sentence below the title, without its full stop. */
function summaryOf(readme: string): string {
  const [, paragraph = ''] = readme.split('\n\n')
  const [sentence = ''] = paragraph.replaceAll('\n', ' ').split(/\.(?:\s|$)/)
  return sentence
}

/** Two significant digits: more would change with each JSON key. */
function formatBytes(bytes: number): string {
  return Number(bytes.toPrecision(2)).toLocaleString('en')
}

function replaceSection(
  text: string,
  { path, name, content }: { path: string; name: string; content: string },
): string {
  const between = new RegExp(`(?<=<!-- ${name} -->\\n).*(?=<!-- /${name} -->)`, 's')
  if (!between.test(text)) throw new TypeError(`${path} has no <!-- ${name} --> and <!-- /${name} -->`)
  return text.replace(between, () => `${content}\n`)
}
