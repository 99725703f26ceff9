import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../test/support/ports.ts'
import type { Notice } from '../../notice.ts'
import { emailChannel } from './channel.ts'
import sample from './sample.json' with { type: 'json' }

const notice = sample.notice as Notice
const from = 'Forewarn <care@forewarn.example>'

/** What the server says at each step; undefined: it agrees. */
type Says = Partial<Record<'mail' | 'rcpt' | 'data', { code: number; text: string }>>

let server: SMTPServer
let mails: ParsedMail[]
let says: Says
let port: number

function rejection(step: keyof Says): Error | null {
  const said = says[step]
  return said === undefined ? null : Object.assign(new Error(said.text), { responseCode: said.code })
}

async function start(options: SMTPServerOptions = {}): Promise<void> {
  server = new SMTPServer({
    hideSTARTTLS: true,
    authOptional: true,
    disableReverseLookup: true,
    onMailFrom: (_address, _session, callback) => callback(rejection('mail')),
    onRcptTo: (_address, _session, callback) => callback(rejection('rcpt')),
    onData(stream, _session, callback) {
      simpleParser(stream).then((mail) => {
        if (says.data === undefined) mails.push(mail)
        callback(rejection('data'))
      }, callback)
    },
    ...options,
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.server.address() as AddressInfo).port
}

beforeEach(async () => {
  mails = []
  says = {}
  await start()
})
afterEach(() => new Promise<void>((resolve) => server.close(resolve)))

const channel = (userinfo = '') => emailChannel({ smtpUrl: `smtp://${userinfo}127.0.0.1:${port}`, from })
const deliver = (change: Partial<Notice> = {}) => channel().deliver({ ...notice, ...change }, sample.address)
const addressesOf = (field: AddressObject | AddressObject[] | undefined) =>
  [field ?? []].flat().flatMap(({ value }) => value)

describe('a mail', () => {
  it('contains the sample as text and HTML, with sender and recipient', async () => {
    expect(await deliver()).toEqual({ outcome: 'accepted' })
    const [mail] = mails
    expect(mail?.subject).toBe(notice.title)
    expect(mail?.text?.trim()).toBe(notice.body)
    expect(mail?.html).toContain(`<p>${notice.body}</p>`)
    expect(addressesOf(mail?.from)).toEqual([{ address: 'care@forewarn.example', name: 'Forewarn' }])
    expect(addressesOf(mail?.to)).toEqual([{ address: sample.address.to, name: '' }])
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail?.headers.has('list-unsubscribe')).toBe(false)
  })

  it('has the same Message-ID for every attempt', async () => {
    await deliver()
    await deliver()
    expect(mails.map(({ messageId }) => messageId)).toEqual(Array(2).fill(`<${notice.id}@forewarn.example>`))
  })

  it('is encoded correctly in Chinese', async () => {
    const title = '您的扫地机器人 RV-20 的电池正在老化'
    const body = '电池目前还能保持 83.4 % 的容量，\n大约三周后将低于 80 %。'.repeat(20)
    await deliver({ title, body })
    expect(mails[0]?.subject).toBe(title)
    expect(mails[0]?.text?.trim()).toBe(body)
    expect(mails[0]?.html).toContain('电池目前还能保持 83.4 % 的容量，<br>大约三周后将低于 80 %。')
  })

  it('escapes markup and headers in a text', async () => {
    await deliver({ title: 'Tea\r\nBcc: eve@example.org', body: '<script>alert("1")</script> & more' })
    const [mail] = mails
    expect(mail?.headers.has('bcc')).toBe(false)
    expect(mail?.html).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; more')
    expect(mail?.text?.trim()).toBe('<script>alert("1")</script> & more')
  })
})

describe('errors of the server', () => {
  it.each([
    ['rcpt', 450, '4.2.0 greylisted', 'deferred'],
    ['data', 451, '4.3.0 try again', 'deferred'],
    ['rcpt', 550, '5.1.1 no such user', 'gone'],
    ['rcpt', 550, 'no such user here', 'gone'],
    ['rcpt', 550, '5.2.1 mailbox disabled', 'gone'],
    ['rcpt', 552, '5.2.2 mailbox full', 'rejected'],
    ['rcpt', 550, '5.7.1 we do not like you', 'rejected'],
    ['data', 554, '5.7.1 spam', 'rejected'],
  ] as const)('at %s with %i %s: %s', async (step, code, text, outcome) => {
    says = { [step]: { code, text } }
    expect(await deliver()).toMatchObject({ outcome, reason: expect.stringContaining(text) })
    expect(mails).toEqual([])
  })

  it.each([
    ['mail', 550, '5.7.1 sender refused', false],
    ['mail', 451, '4.3.0 try again', true],
    ['rcpt', 421, '4.3.2 shutting down', true],
  ] as const)('at %s with %i %s is nothing of this notice', async (step, code, text, isUnavailable) => {
    says = { [step]: { code, text } }
    await expect(deliver()).rejects.toMatchObject({ isUnavailable, message: expect.stringContaining(text) })
  })

  it('for a wrong password does not quote the password', async () => {
    await new Promise<void>((resolve) => server.close(resolve))
    await start({ authOptional: false, onAuth: (_auth, _session, done) => done(new Error('not you')) })
    const refused = await channel('user:hunter2@').deliver(notice, sample.address).catch(String)
    expect(refused).toContain('not you')
    expect(refused).not.toContain('hunter2')
  })
})

it('reports an unavailable server', async () => {
  const unreachable = emailChannel({ smtpUrl: `smtp://127.0.0.1:${await freePort()}`, from })
  await expect(unreachable.deliver(notice, sample.address)).rejects.toMatchObject({
    isUnavailable: true,
    message: expect.stringContaining('ECONNREFUSED'),
  })
})
