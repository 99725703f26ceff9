import { z } from 'zod'

export const path = z.string().min(1)
export const positiveInteger = z.int().min(1)
export const positiveIntegerAllowed = 'a whole number from 1'

export const url = (...protocols: string[]) => z.url({ protocol: new RegExp(`^(${protocols.join('|')})$`) })

/** A password in it would stand in every message that names it. */
export const urlWithoutPassword = url('http', 'https').refine((text) => {
  const { username, password } = new URL(text)
  return username === '' && password === ''
})
