/** The bounds of everything in this room that could grow. */

export const ENGINE_LIMITS = {
  /** Port tables kept current. */
  tables: 16,
  /** Outside and node addresses remembered with their class. */
  addresses: 4096,
  /** Policy changes, beyond twice the number of policies, after which all is compiled afresh. */
  changesBeforeRecompiling: 1000,
} as const;

export const FABRIC_LIMITS = {
  /** Flows kept in the log. */
  flows: 2000,
  /** Clients whose endpoint a Service with session affinity remembers. */
  affinities: 1000,
} as const;
