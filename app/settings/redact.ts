const HIDDEN = '***'

/** URLs, comma-separated, each as `redactOne` shows it. */
export function redactUrls(value: string): string {
  return value.split(',').map(redactUrl).join(',')
}

/** A URL with its password, and passwords among its query parameters, replaced; of anything else nothing is shown. */
function redactUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  // Without a host it is no address, but perhaps a password that was put in the wrong place.
  if (!url || url.host === '') return HIDDEN
  if (url.password !== '') url.password = HIDDEN
  for (const key of [...url.searchParams.keys()]) {
    if (/pass|secret|token|key/i.test(key)) url.searchParams.set(key, HIDDEN)
  }
  return url.href
}
