import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Notice } from '../notice.ts'
import { contactChannelNames, parseAddress } from './contact-addresses.ts'

const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
)

const path = (name: string, file: string) => join(import.meta.dirname, name, file)
const sampleOf = (name: string) =>
  JSON.parse(readFileSync(path(name, 'sample.json'), 'utf8')) as { notice: Notice; address?: unknown }

it('has channels', () => {
  expect(folders.map(({ name }) => name).sort()).toEqual(['inbox', 'mqtt', ...contactChannelNames].sort())
})

describe.each(folders.map(({ name }) => name))('channel %s', (name) => {
  const testFile = ['channel.test.ts', 'channel.integration.test.ts'].find((file) =>
    existsSync(path(name, file)),
  )

  it('has a test', () => {
    expect(testFile).toBeDefined()
  })

  it.each(['channel.ts', 'README.md', 'sample.json'])('has %s', (file) => {
    expect(existsSync(path(name, file))).toBe(true)
  })

  it('has a complete notice in its sample, and delivers it in its test', () => {
    expect(sampleOf(name).notice).toEqual({
      id: expect.any(String),
      user: expect.any(String),
      device: expect.any(String),
      ticket: expect.any(String),
      kind: expect.any(String),
      component: expect.any(String),
      severity: expect.any(String),
      urgent: false,
      actions: [
        { action: 'book', label: expect.any(String) },
        { action: 'snooze', label: expect.any(String) },
      ],
      title: expect.any(String),
      body: expect.any(String),
      finding: expect.any(String),
      at: expect.any(Number),
      evidence: expect.objectContaining({ points: expect.any(Array) }),
    })
    expect(readFileSync(path(name, testFile ?? ''), 'utf8')).toContain('./sample.json')
  })
})

describe.each([...contactChannelNames])('addresses of %s', (name) => {
  it('are like the one in the sample', () => {
    const { address } = sampleOf(name)
    expect(parseAddress(name, address)).toEqual({ is: 'address', address })
  })

  it('are rejected with reasons when they are not', () => {
    for (const wrong of [undefined, null, 'wang@example.org', [], {}]) {
      expect(parseAddress(name, wrong)).toEqual({ is: 'invalid', reasons: expect.any(Array) })
    }
  })
})
