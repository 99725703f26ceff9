/** The records are in `public`, the job queues (whose names are unqualified) in a separate schema. */
export const searchPath = 'public, bullmq'
