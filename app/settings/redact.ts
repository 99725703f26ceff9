const HIDDEN = '***'

/** Redact comma-separated URLs, each with `redactOne`. */
export function redactUrls(value: string): string {
  return value.split(',').map(redactUrl).join(',')
}

/** Replace the password of a URL and those in its query parameters; replace any other text completely. */
function redactUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  // Without a host it is no URL, but possibly a password in the wrong setting.
  if (!url || url.host === '') return HIDDEN
  if (url.password !== '') url.password = HIDDEN
  for (const key of [...url.searchParams.keys()]) {
    if (/pass|secret|token|key/i.test(key)) url.searchParams.set(key, HIDDEN)
  }
  return url.href
}
