/** When this version was released, ms since 1970 UTC, to be set with each version. A clock that is earlier is not set. */
export const releasedAt = Date.UTC(2026, 10, 29)
