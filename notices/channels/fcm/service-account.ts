import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** What we are at Google. */
export interface ServiceAccount {
  projectId: string
  clientEmail: string
  /** PEM, PKCS #8. */
  privateKey: string
  tokenUri: string
}

/** A file that is not the key of a service account. */
export class ServiceAccountError extends Error {
  override readonly name = 'ServiceAccountError'
}

const keyFileSchema = z
  .object({
    project_id: z.string().regex(/^[a-z0-9:.-]+$/),
    client_email: z.email(),
    private_key: z.string().refine(isPrivateKey, 'is no private key in PEM'),
    token_uri: z.url({ protocol: /^https?$/ }),
  })
  .transform(({ project_id, client_email, private_key, token_uri }) => ({
    projectId: project_id,
    clientEmail: client_email,
    privateKey: private_key,
    tokenUri: token_uri,
  }))

/**
 * Reads the JSON file that Google's console gives for a service account.
 * @throws ServiceAccountError with what is wrong, never with what is in it
 */
export function readServiceAccount(path: string): ServiceAccount {
  const parsed = keyFileSchema.safeParse(readJson(path))
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`)
  throw new ServiceAccountError(`${path} is no key file of a service account: ${wrong.join('; ')}`)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // What a parser says may quote the file.
    const why = error instanceof SyntaxError ? 'it is not JSON' : String(error)
    throw new ServiceAccountError(`${path} cannot be read: ${why}`)
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
