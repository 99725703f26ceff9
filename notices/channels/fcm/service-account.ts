import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ExpectedError } from '../../../lib/expected-error.ts'

/** Google service account, from its JSON key file. */
export interface ServiceAccount {
  projectId: string
  clientEmail: string
  /** PEM, PKCS #8. */
  privateKey: string
  tokenUri: string
}

/** The file is not the key file of a service account. */
export class ServiceAccountError extends ExpectedError {
  override readonly name = 'ServiceAccountError'
}

const keyFileSchema = z
  .object({
    project_id: z.string().regex(/^[a-z0-9:.-]+$/),
    client_email: z.email(),
    private_key: z.string().refine(isPrivateKey, 'expected an RSA private key in PEM'),
    token_uri: z.url({ protocol: /^https?$/ }),
  })
  .transform(({ project_id, client_email, private_key, token_uri }) => ({
    projectId: project_id,
    clientEmail: client_email,
    privateKey: private_key,
    tokenUri: token_uri,
  }))

/**
 * Read the JSON key file of a service account, as exported by Google's console.
 * @throws ServiceAccountError with the faulty fields, never with the file's content
 */
export function readServiceAccount(path: string): ServiceAccount {
  const parsed = keyFileSchema.safeParse(readJson(path))
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'content'}: ${issue.message}`)
  throw new ServiceAccountError(`${path} is not a key file of a Google service account:  ${wrong.join('; ')}`)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // The parser's message may quote the file.
    const reason = error instanceof SyntaxError ? 'it is not JSON' : String(error)
    throw new ServiceAccountError(`${path} cannot be read: ${reason}`)
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}
