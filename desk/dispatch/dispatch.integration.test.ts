import { beforeEach, describe, expect, it } from 'vitest'
import { hourMs } from '../../lib/time.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { runCommandInTransaction } from '../tickets/run-command.ts'
import { answerOffer, type NewOffer, type OfferAnswer, offerTicket } from './offers.ts'
import { proposeTechnicians, rankTechnicians } from './rank-technicians.ts'
import { sweepDispatch } from './sweep-dispatch.ts'
import { addDepot, addTechnicians, addTicket, now } from './testing/field.ts'

describeEachDatabase('dispatch', (records) => {
  let db: RecordsStore['db']
  beforeEach(async () => {
    db = records().db
    await deleteAllRecords(records())
  })

  const offers = () =>
    db.selectFrom('offers').select(['technician_id', 'state']).orderBy('offered_at').orderBy('id').execute()
  const ticketOf = (id: string) =>
    db.selectFrom('tickets').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const make = (offer: NewOffer) => db.transaction().execute((trx) => offerTicket(trx, offer))
  const answer = (given: OfferAnswer) => db.transaction().execute((trx) => answerOffer(trx, given))
  const sweep = (at = now) => sweepDispatch(db, new Date(at))
  const events = async () =>
    (await db.selectFrom('desk_events').select(['type', 'data']).orderBy('id').execute()).filter(
      ({ type }) => type.startsWith('offer') || type.startsWith('no_technician'),
    )

  describe('proposals', () => {
    it('prefer a technician with the part in the van to a nearer one, and say why', async () => {
      await addDepot(db, { id: 'van-1', kind: 'van' }, { onHand: 1 })
      await addTechnicians(db, [
        { id: 'far', latitude: 53, van: 'van-1', rating: 4.8 },
        { id: 'near', latitude: 52.52 },
        { id: 'other-skill', skill: 'water' },
        { id: 'other-kind', kind: 'vehicle' },
        { id: 'gone', active: false },
      ])
      const proposals = await proposeTechnicians(db, await addTicket(db), new Date(now))
      expect(proposals.map(({ technician }) => technician)).toEqual(['far', 'near'])
      expect(proposals[0]?.reasons).toEqual([
        'has the skill power for robot_vacuum',
        'has the part battery in the van',
        '53 km away',
        'free at 12:00 today',
        'has no other open ticket',
        'rated 4.8',
      ])
      expect(proposals[1]?.reasons).toContain('the part battery is not in stock and has to be ordered')
    })

    it('exclude technicians who declined or have no time', async () => {
      await addTechnicians(db, [{ id: 'ada' }, { id: 'bo' }])
      const ticket = await addTicket(db)
      await make({ id: 'o-1', ticket, technician: 'ada', by: 'desk', at: now })
      await answer({ offer: 'o-1', answer: 'declined', reason: 'ill', by: 'technician:ada', at: now })
      const { proposals, excluded } = await rankTechnicians(db, ticket, new Date(now))
      expect(proposals.map(({ technician }) => technician)).toEqual(['bo'])
      expect(excluded).toEqual([{ technician: 'ada', reason: 'has declined it' }])
    })
  })

  describe('offers', () => {
    it('assign the ticket once when they are accepted, also repeatedly', async () => {
      await addTechnicians(db, [{ id: 'ada' }])
      const ticket = await addTicket(db)
      await make({ id: 'o-1', ticket, technician: 'ada', by: 'desk', at: now })
      const accepted = { offer: 'o-1', answer: 'accepted', by: 'technician:ada', at: now + hourMs } as const
      await Promise.all(Array.from({ length: 20 }, () => answer(accepted)))
      const { work_state, technician_id, responded_at } = await ticketOf(ticket)
      expect({ work_state, technician_id, responded_at }).toEqual({
        work_state: 'assigned',
        technician_id: 'ada',
        responded_at: new Date(now + hourMs),
      })
      expect((await events()).map(({ type }) => type)).toEqual(['offer_made', 'offer_answered'])
    })

    it('are rejected with reasons for tickets that are not open, unknown technicians and expired offers', async () => {
      await addTechnicians(db, [{ id: 'ada' }, { id: 'gone', active: false }])
      const ticket = await addTicket(db)
      const offer = { id: 'o-1', ticket, technician: 'ada', by: 'desk', at: now }
      await expect(make({ ...offer, technician: 'x' })).rejects.toThrow('There is no technician "x"')
      await expect(make({ ...offer, technician: 'gone' })).rejects.toThrow(
        'The technician gone is not active',
      )
      await expect(make({ ...offer, ticket: 't-0' })).rejects.toThrow('There is no ticket "t-0"')
      await make(offer)
      const late = { offer: 'o-1', answer: 'accepted', by: 'technician:ada', at: now + 7 * hourMs } as const
      await expect(answer(late)).rejects.toThrow('The offer expired at')
      const order = { ticket, actor: 'dispatcher:kim', at: now, id: 'c-1' }
      await runCommandInTransaction(db, { ...order, command: { do: 'assign', technician: 'ada' } })
      await expect(make({ ...offer, id: 'o-2' })).rejects.toThrow('only an open one can be offered')
    })

    it('are one at a time, also when dispatchers offer concurrently', async () => {
      await addTechnicians(db, [{ id: 'ada' }, { id: 'bo' }])
      const ticket = await addTicket(db)
      const given = ['ada', 'bo'].map((technician) =>
        make({ id: `o-${technician}`, ticket, technician, by: 'dispatcher:kim', at: now }),
      )
      await Promise.all(given)
      expect((await offers()).map(({ state }) => state).sort()).toEqual(['offered', 'withdrawn'])
    })
  })

  describe('the sweep', () => {
    it('offers to one technician after the other, and records once that no one is available', async () => {
      await addTechnicians(db, [
        { id: 'ada', rating: 5 },
        { id: 'bo', rating: 3 },
      ])
      const ticket = await addTicket(db)
      await Promise.all(Array.from({ length: 10 }, () => sweep()))
      expect(await offers()).toEqual([{ technician_id: 'ada', state: 'offered' }])
      await sweep(now + 7 * hourMs)
      expect(await offers()).toEqual([
        { technician_id: 'ada', state: 'expired' },
        { technician_id: 'bo', state: 'offered' },
      ])
      await sweep(now + 14 * hourMs)
      await sweep(now + 15 * hourMs)
      expect((await events()).at(-1)).toEqual({
        type: 'no_technician_available',
        data: { reasons: ['ada did not answer in time', 'bo did not answer in time'] },
      })
      expect((await events()).filter(({ type }) => type === 'no_technician_available')).toHaveLength(1)
      expect((await ticketOf(ticket)).work_state).toBe('open')
    })

    it('skips tickets that are shelved, wait for their owner or need no visit', async () => {
      const shelved = await addTicket(db, 1)
      const waiting = await addTicket(db, 2)
      await sweep()
      await addTechnicians(db, [{ id: 'ada' }])
      const order = { actor: 'dispatcher:kim', reason: 'moved house', at: now }
      const shelve = { do: 'shelve', until: now + 90 * hourMs } as const
      await runCommandInTransaction(db, { ...order, ticket: shelved, id: 'c-1', command: shelve })
      await runCommandInTransaction(db, {
        ...order,
        ticket: waiting,
        id: 'c-2',
        command: { do: 'wait_for_owner' },
      })
      await sweep()
      expect(await offers()).toEqual([])
      expect(await events()).toEqual([])
    })
  })
})
