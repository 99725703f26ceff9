/** Longest id of a device or a user, in characters. */
const maxIdCharacters = 128

/** What an id may be, for messages and hints. */
const idRule = `an id is one level of MQTT topics: 1 to ${maxIdCharacters} characters without spaces, /, + and #, and not beginning with $`

/** Users that are not owners: the staff of the service desk. */
const staffUsers: readonly string[] = ['dispatcher', 'service_manager']

/** Prefix of the user ids of technicians: `technician:t-1`. */
export const technicianUserPrefix = 'technician:'

/** Prefix of the ids under which findings about a whole firmware cohort are recorded. */
export const cohortDevicePrefix = 'fleet:'

/**
 * Return why a text cannot be an id that is a level of MQTT topics, as the end of a sentence about it; undefined when it
 * can. MQTT 3.1.1, 4.7: wildcards and separators; ids are also segments of URLs and keys of stores.
 */
function topicLevelProblem(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text.length > maxIdCharacters && [...text].length > maxIdCharacters)
    return `it is longer than ${maxIdCharacters} characters`
  if (/[\p{Cc}\p{Surrogate}]/u.test(text)) return 'it has control characters'
  if (/\s/u.test(text)) return 'it has a space'
  const [wildcard] = /[+#/]/.exec(text) ?? []
  if (wildcard !== undefined) return `it has ${wildcard}`
  if (text.startsWith('$')) return 'it begins with $'
  // A URL without them means something else: /api/devices/.. is /api/.
  return text === '.' || text === '..' ? 'it is only dots' : undefined
}

/** Return why a text cannot be the id of a device. */
export function deviceIdProblem(text: string): string | undefined {
  if (text.startsWith(cohortDevicePrefix)) return `${cohortDevicePrefix} is reserved for firmware cohorts`
  return withRule(topicLevelProblem(text))
}

/** Return why a text cannot be the id of a user: an owner, `technician:<id>`, `dispatcher` or `service_manager`. */
export function userIdProblem(text: string): string | undefined {
  return withRule(topicLevelProblem(text))
}

/** Return why a text cannot be the id of an owner. The ids of staff are not: owners would get their notices. */
export function ownerIdProblem(text: string): string | undefined {
  if (staffUsers.includes(text) || text.startsWith(technicianUserPrefix)) return 'it is reserved for staff'
  return userIdProblem(text)
}

/** Return why a text cannot be the id of a technician, whose user id has a prefix. */
export function technicianIdProblem(text: string): string | undefined {
  return withRule(topicLevelProblem(text) ?? topicLevelProblem(technicianUserPrefix + text))
}

function withRule(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${problem}; ${idRule}`
}
