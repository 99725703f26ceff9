import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Notice } from '../notice.ts'

const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
)

it('has channels', () => {
  expect(folders.map(({ name }) => name)).toEqual(expect.arrayContaining(['inbox', 'mqtt']))
})

describe.each(folders.map(({ name }) => name))('channel %s', (name) => {
  const path = (file: string) => join(import.meta.dirname, name, file)

  it.each(['channel.ts', 'channel.test.ts', 'README.md', 'sample.json'])('has %s', (file) => {
    expect(existsSync(path(file))).toBe(true)
  })

  it('shows a whole notice in its sample, and tests with it', () => {
    const { notice } = JSON.parse(readFileSync(path('sample.json'), 'utf8')) as { notice: Notice }
    expect(notice).toEqual({
      id: expect.any(String),
      user: expect.any(String),
      device: expect.any(String),
      kind: expect.any(String),
      component: expect.any(String),
      severity: expect.any(String),
      title: expect.any(String),
      body: expect.any(String),
      finding: expect.any(String),
      at: expect.any(Number),
      evidence: expect.objectContaining({ points: expect.any(Array) }),
    })
    expect(readFileSync(path('channel.test.ts'), 'utf8')).toContain('./sample.json')
  })
})
