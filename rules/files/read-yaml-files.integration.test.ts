import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readYamlLayers } from './read-yaml-files.ts'

async function nameOf(text: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-layers-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'a.yaml'), text)
  const { layers } = await readYamlLayers([folder], 'rule')
  return layers[0]?.[0]?.name
}

it.each([
  ['plain', 'rule: phone.worn\nkind: phone\n', 'phone.worn'],
  ['with a comment', '# a rule\nrule: phone.worn # of phones\nkind: phone\n', 'phone.worn'],
  ['with lines that end as on Windows', 'rule: phone.worn\r\nkind: phone\r\n', 'phone.worn'],
  ['quoted', "kind: phone\nrule: 'phone.worn'\n", 'phone.worn'],
  ['in flow style', '{ rule: phone.worn, kind: phone }', 'phone.worn'],
  ['in a block', 'rule: >-\n  phone.worn\nkind: phone\n', 'phone.worn'],
  ['over two lines', 'rule: phone\n  worn\nkind: phone\n', 'phone worn'],
  ['besides another key that ends alike', 'a_rule: x\nrule: phone.worn\n', 'phone.worn'],
  ['besides a nested one', 'tests:\n  rule: other\nrule: phone.worn\n', 'phone.worn'],
  ['only nested', 'tests:\n  rule: other\n', undefined],
  ['where the rest is invalid', 'rule: phone.worn\nkind: [phone\n', 'phone.worn'],
  ['twice', 'rule: a\nrule: b\n', undefined],
  ['absent', 'kind: phone\n', undefined],
  ['no text', 'rule: [phone.worn]\n', undefined],
])('finds the name of a file: %s', async (_what, text, name) => {
  expect(await nameOf(text)).toBe(name)
})
