import { expect, it } from 'vitest'
import { createProgress } from './progress.ts'

function screen(isTTY: boolean, columns = 80) {
  const written: string[] = []
  return { isTTY, columns, written, write: (text: string) => written.push(text) }
}

it('redraws one line on a terminal, never longer than the terminal is wide', () => {
  const terminal = screen(true, 40)
  const progress = createProgress(() => 0, terminal)
  progress.show({ done: 0.5, text: 'a text that goes on well past the edge of the screen' })
  progress.end()
  expect(terminal.written).toHaveLength(2)
  const [line = ''] = terminal.written
  expect(line.startsWith('\r\x1b[K████████████░░░░░░░░░░░░  50 %')).toBe(true)
  expect(line.replace('\r\x1b[K', '')).toHaveLength(39)
  expect(terminal.written[1]).toBe('\n')
})

it('writes plain lines elsewhere, one in five seconds, and the last state at the end', () => {
  let time = 0
  const file = screen(false)
  const progress = createProgress(() => time, file)
  for (let i = 0; i <= 10; i++) {
    time = i * 1_000
    progress.show({ done: i / 10, text: `step ${i}` })
  }
  progress.end()
  expect(file.written).toEqual(['  0 % step 0\n', ' 50 % step 5\n', '100 % step 10\n'])
})
