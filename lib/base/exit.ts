/** Process exit codes; the contract is written down in `docs/commands.md`. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  gate: 3,
  destination: 4,
  lockTimeout: 5,
  interrupted: 130,
} as const;

export type Exit = typeof EXIT[keyof typeof EXIT];
