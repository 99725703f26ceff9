import type { Command } from 'commander'

/** A command as the help of the program lists it. Its module is loaded only when it is called. */
export interface CommandEntry {
  name: string
  description: string
  /** Load what adds the arguments, options and subcommands of the command, and what it runs. */
  load(): Promise<(command: Command) => void>
}

/** All commands, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    description: 'start Forewarn: broker, journal, rules, tickets, notices, HTTP API',
    load: async () => (await import('../app/commands/up.ts')).defineUp,
  },
  {
    name: 'demo',
    description:
      'run the pipeline once in a temporary folder against a simulated fleet, and score it against the ground truth',
    load: async () => (await import('../demo/command.ts')).defineDemo,
  },
  {
    name: 'simulate',
    description: 'simulate a fleet that publishes over MQTT, with phones that answer notices',
    load: async () => (await import('../app/commands/simulate.ts')).defineSimulate,
  },
  {
    name: 'replay',
    description: 'publish recorded CSV data over MQTT as if the devices sent it',
    load: async () => (await import('../app/commands/replay.ts')).defineReplay,
  },
  {
    name: 'rules',
    description: 'check, test, backtest and roll out rules',
    load: async () => (await import('../app/commands/rules.ts')).defineRules,
  },
  {
    name: 'report',
    description: 'print the monthly service report: KPIs, faults, parts, technicians',
    load: async () => (await import('../app/commands/report.ts')).defineReport,
  },
  {
    name: 'import',
    description: 'import a CSV file into the running program, all or nothing',
    load: async () => (await import('../app/commands/import.ts')).defineImport,
  },
  {
    name: 'dead-letters',
    description: 'list, retry and delete dead letters of the running program',
    load: async () => (await import('../app/commands/dead-letters.ts')).defineDeadLetters,
  },
  {
    name: 'devices',
    description: 'retire, restore, unassign, move, rename or replace devices of the running program',
    load: async () => (await import('../app/commands/devices.ts')).defineDevices,
  },
  {
    name: 'findings',
    description: 'list and show findings of the running program',
    load: async () => (await import('../app/commands/findings.ts')).defineFindings,
  },
  {
    name: 'quarantine',
    description: 'list, show and retry quarantined messages of the running program',
    load: async () => (await import('../app/commands/quarantine.ts')).defineQuarantine,
  },
  {
    name: 'backup',
    description: 'back up the embedded parts to a new folder, while the program runs or not',
    load: async () => (await import('../app/commands/backup.ts')).defineBackup,
  },
  {
    name: 'restore',
    description: 'verify a backup and copy it to an empty data folder',
    load: async () => (await import('../app/commands/restore.ts')).defineRestore,
  },
  {
    name: 'score',
    description: 'score RUL forecasts on recorded run-to-failure data, against baseline methods',
    load: async () => (await import('../app/commands/score.ts')).defineScore,
  },
  {
    name: 'lifetimes',
    description: 'print lifetime statistics of parts, of the running program or from a table',
    load: async () => (await import('../app/commands/lifetimes.ts')).defineLifetimes,
  },
  {
    name: 'config',
    description: 'print the effective settings and their sources, secrets redacted',
    load: async () => (await import('../app/commands/config.ts')).defineConfig,
  },
  {
    name: 'doctor',
    description: 'check the configuration and its services, and print how to fix what is wrong',
    load: async () => (await import('../app/commands/doctor.ts')).defineDoctor,
  },
]
