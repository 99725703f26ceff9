/** The records live in `public`, the job queues (whose names come unqualified) in a schema of their own. */
export const searchPath = 'public, bullmq'
