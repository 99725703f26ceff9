import { describe, expect, it } from 'vitest'
import { GroupCommit } from './group-commit.ts'
import { JournalClosedError, JournalWriteError } from './journal.ts'

describe('group commit', () => {
  /** Counts, on a disk that takes only what `disk` lets through. */
  function counting(disk: () => Promise<void>) {
    const transactions: number[] = []
    const commits = new GroupCommit<{ count: number }>({
      state: { count: 0 },
      copy: (state) => ({ ...state }),
      async transact(fill) {
        fill()
        await disk()
      },
      onCommitted: ({ count }) => transactions.push(count),
    })
    const add = (by: number) =>
      commits.add((draft) => {
        draft.count += by
        return draft.count
      })
    return { commits, transactions, add }
  }

  it('puts what comes at once into one transaction, and what comes meanwhile into the next', async () => {
    let finish = () => {}
    const written = new Promise<void>((resolve) => {
      finish = resolve
    })
    const { add, transactions } = counting(() => written)
    const first = [add(1), add(2)]
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    const second = [add(3), add(4)]
    finish()
    expect(await Promise.all([...first, ...second])).toEqual([1, 3, 6, 10])
    expect(transactions).toEqual([3, 10])
  })

  it('forgets what a failed transaction drafted, tells all who were in it, and goes on', async () => {
    let failing = true
    const { add, commits } = counting(async () => {
      if (failing) throw new Error('no space left')
    })
    const results = await Promise.allSettled([add(1), add(2)])
    expect(results.map((result) => result.status === 'rejected' && result.reason)).toEqual([
      expect.any(JournalWriteError),
      expect.any(JournalWriteError),
    ])
    expect(commits.state).toEqual({ count: 0 })
    failing = false
    expect(await add(5)).toBe(5)
  })

  it('rejects the plan that throws, and not its neighbours', async () => {
    const { add, commits } = counting(async () => undefined)
    const refusing = commits.add(() => {
      throw new RangeError('no')
    })
    const neighbours = Promise.all([add(1), add(2)])
    await expect(refusing).rejects.toThrow(RangeError)
    expect(await neighbours).toEqual([1, 3])
  })

  it('finishes what it took before it closes, and takes no more', async () => {
    const { add, commits } = counting(async () => undefined)
    const taken = add(1)
    await commits.close()
    expect(await taken).toBe(1)
    await expect(add(1)).rejects.toThrow(JournalClosedError)
  })
})
