import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import webpush from 'web-push'
import { freePort } from '../../test/support/ports.ts'
import { checkMailServer } from '../doctor/channels.ts'
import { runStartupChecks } from '../doctor/startup-checks.ts'
import { loadSettings } from '../settings/load.ts'
import { createChannels } from './notice-channels.ts'

const cwd = mkdtempSync(join(tmpdir(), 'forewarn-channels-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const { privateKey: pem } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const account = {
  type: 'service_account',
  project_id: 'p-1',
  client_email: 'forewarn@p-1.iam.gserviceaccount.com',
  private_key: pem,
  token_uri: 'https://oauth2.googleapis.com/token',
}
writeFileSync(join(cwd, 'account.json'), JSON.stringify(account))
writeFileSync(join(cwd, 'broken.json'), '{"private_key": "hunter2')
writeFileSync(join(cwd, 'other.json'), JSON.stringify({ ...account, private_key: 'hunter2' }))

const keys = webpush.generateVAPIDKeys()
const vapid = {
  FOREWARN_VAPID_PUBLIC_KEY: keys.publicKey,
  FOREWARN_VAPID_PRIVATE_KEY: keys.privateKey,
  FOREWARN_VAPID_SUBJECT: 'mailto:care@example.org',
}
const mail = {
  SMTP_URL: 'smtp://user:hunter2@127.0.0.1:2525',
  FOREWARN_EMAIL_FROM: 'Care <care@example.org>',
}
const fcm = (file: string) => ({ FOREWARN_FCM_SERVICE_ACCOUNT: file })

const settingsOf = (env: Record<string, string>) => loadSettings({ env, cwd }).settings
const namesOf = (env: Record<string, string>) =>
  createChannels(settingsOf(env), { now: () => 0 })
    .map(({ name }) => name)
    .sort()

describe('the channels', () => {
  it('are those that the settings ask for', () => {
    expect(namesOf({})).toEqual(['webhook'])
    expect(namesOf({ ...mail, ...vapid, ...fcm('account.json') })).toEqual([
      'email',
      'fcm',
      'webhook',
      'webpush',
    ])
  })

  const other = webpush.generateVAPIDKeys().privateKey
  const zero = Buffer.alloc(32).toString('base64url')
  it.each<[string, Record<string, string>, string]>([
    ['e-mail without a sender', { SMTP_URL: mail.SMTP_URL }, 'set FOREWARN_EMAIL_FROM'],
    ['e-mail without a server', { FOREWARN_EMAIL_FROM: 'a@b.org' }, 'set SMTP_URL'],
    ['half of VAPID', { FOREWARN_VAPID_PUBLIC_KEY: keys.publicKey }, 'set FOREWARN_VAPID_PRIVATE_KEY and'],
    ['keys of two pairs', { ...vapid, FOREWARN_VAPID_PRIVATE_KEY: other }, 'does not belong'],
    ['a key that is none', { ...vapid, FOREWARN_VAPID_PRIVATE_KEY: zero }, 'does not belong'],
    ['a file that is not there', fcm('none.json'), 'none.json cannot be read'],
    ['a file that is not JSON', fcm('broken.json'), 'it is not JSON'],
    ['a file without a key', fcm('other.json'), 'private_key: expected an RSA private key in PEM'],
  ])('refuse %s, in words and at the start', async (_what, env, words) => {
    const settings = settingsOf({ ...env, FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' })
    expect(() => createChannels(settings, { now: () => 0 })).toThrow(words)
    const refused = await runStartupChecks(settings).catch(String)
    expect(refused).toMatch(/^StartupError: /)
    expect(refused).toContain(words)
    expect(refused).not.toContain('hunter2')
  })

  it.each([
    ['SMTP_URL', 'http://user:hunter2@host'],
    ['FOREWARN_EMAIL_FROM', 'care'],
    ['FOREWARN_EMAIL_FROM', 'care@example.org\r\nBcc: eve@example.org'],
    ['FOREWARN_VAPID_PUBLIC_KEY', 'abc'],
    ['FOREWARN_VAPID_PRIVATE_KEY', 'hunter2'],
    ['FOREWARN_VAPID_SUBJECT', 'care@example.org'],
    ['FOREWARN_WEBHOOK_PRIVATE_HOSTS', 'perhaps'],
    ['FOREWARN_EMAIL_MAX_RATE', '0'],
  ])('refuse %s=%s', (name, value) => {
    expect(() => settingsOf({ [name]: value })).toThrow(`${name}: `)
    expect(() => settingsOf({ [name]: value })).not.toThrow('hunter2')
  })
})

it('says that the mail server is away, and no start waits for it', async () => {
  const settings = settingsOf({ ...mail, SMTP_URL: `smtp://user:hunter2@127.0.0.1:${await freePort()}` })
  const [check] = await checkMailServer(settings)
  expect(check).toMatchObject({ status: 'warn', remedy: expect.stringContaining('SMTP_URL') })
  expect(JSON.stringify(check)).not.toContain('hunter2')
})
