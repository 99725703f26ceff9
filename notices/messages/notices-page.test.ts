import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { packageRoot } from '../../lib/package-root.ts'
import { validateRules } from '../../rules/files/load-rules.ts'
import { simulateRuleTest } from '../../rules/rule-tests/run-rule-tests.ts'
import { catalogFolder, shippedKinds, shippedReferences } from '../../rules/testing/rules.ts'
import {
  type LocaleMessages,
  loadMessageCatalog,
  type NoticeText,
  supportedLocales,
} from './message-catalog.ts'

const book = loadMessageCatalog()
const { rules } = await validateRules([catalogFolder], { ...shippedReferences, notices: book.keys })

interface Example {
  finding: Finding
  kind: string
}

/** Of each notice the first finding in the tests of the shipped rules that has a date, or else the first of all. */
const examples = new Map<string, Example>()
for (const loaded of rules) {
  const { notice, kind } = loaded.rule
  if (notice === undefined) continue
  for (const finding of loaded.tests.flatMap((test) => simulateRuleTest(loaded, test, shippedKinds))) {
    if (finding.state !== 'raised') continue
    const known = examples.get(notice)
    const isBetter = finding.evidence.crossing !== undefined && known?.finding.evidence.crossing === undefined
    if (known === undefined || isBetter) examples.set(notice, { finding, kind })
  }
}

it('each notice is used by a rule of the catalogue', () => {
  expect([...examples.keys()].toSorted()).toEqual([...book.keys].toSorted())
})

const device = { kind: 'robot_vacuum', model: 'RV-20' }
const visit = { from: Date.UTC(2026, 2, 5, 8), until: Date.UTC(2026, 2, 5, 10) }
const timeZone = 'Europe/Berlin'

function saidBy(messages: LocaleMessages, key: string): NoticeText {
  const { formatter } = messages
  return messages.renderMessage(key, {
    device: formatter.deviceName(device),
    technician: 'Ada Moreau',
    agreed: 'yes',
    window: formatter.formatTimeWindow(visit, timeZone),
    cause: 'cells aged',
    work: 'battery replaced',
    replaced: 'yes',
    parts: `1 × ${formatter.partName('battery')}`,
    planned: 'yes',
    next: formatter.formatDate(Date.UTC(2027, 2, 5), timeZone),
    date: formatter.formatDate(Date.UTC(2027, 2, 5), timeZone),
    n: 2,
    list: ['battery_replacement', 'dust_bin']
      .map((notice) => `• ${rendered(messages, notice).title}`)
      .join('\n'),
    ...(key === 'reminder' && rendered(messages, 'battery_replacement')),
    number: 'FW-2026-000123',
    clock: 'response',
    step: 'at_risk',
    due: formatter.formatDateTime(visit.from, timeZone),
    reasons: '12 km from home; the part is in the van',
    part: formatter.partName('battery'),
    depot: 'depot-north',
    available: 1,
    safety: 3,
    score: 2,
    comment: 'He came two hours late.',
  })
}

function rendered(messages: LocaleMessages, key: string): NoticeText {
  const { finding, kind } = examples.get(key) as Example
  const { at, evidence } = finding
  return messages.renderFinding(key, { device: { kind, model: null }, at, timeZone, evidence })
}

it('docs/notices.md shows each notice', async () => {
  const file = join(packageRoot, 'docs', 'notices.md')
  await expect(page()).toMatchFileSnapshot(file)
})

function page(): string {
  return [
    '# Notices',
    'Notices to owners and staff in all languages, written by a test. Notices of rules show the results of the tests in ' +
      '[the catalogue](catalogue.md), messages of the desk an example of a visit. The texts are in ' +
      '[notices/messages](../notices/messages); [the service desk](service-desk.md) describes when each is sent.',
    '## From rules',
    ...book.keys.flatMap((key) => entry(key, (messages) => rendered(messages, key))),
    '## From the desk',
    ...book.forLocale('en').deskKeys.flatMap((key) => entry(key, (messages) => saidBy(messages, key))),
    '## Answers',
    ['book', 'snooze', 'done_myself', 'not_interested', 'rate']
      .map(
        (action) =>
          `- \`${action}\`: ${supportedLocales.map((locale) => book.forLocale(locale).actionLabel(action)).join(' · ')}`,
      )
      .join('\n'),
  ]
    .join('\n\n')
    .concat('\n')
}

function entry(key: string, text: (messages: LocaleMessages) => NoticeText): string[] {
  const quoted = supportedLocales.map((locale) => {
    const { title, body } = text(book.forLocale(locale))
    return `> **${title}**\n>\n> ${body.replaceAll('\n', '\n>\n> ')}`
  })
  return [`### ${key}`, ...quoted.flatMap((quote, index) => (index === 0 ? [quote] : ['<!-- -->', quote]))]
}
