/** Bounds of one shell. Learner code that passes them gets bash's own words. */
export const limits = {
  /** Nested function calls, `eval`, `source`; beyond: "maximum function nesting level exceeded". */
  nesting: 2500,
  /** Nested `$(…)` and subshells. */
  subshellDepth: 200,
  /** Fields one word may expand to (brace ranges, globs). */
  fields: 200_000,
  /** UTF-16 units one string may hold: a doubling loop ends here, not in the host's memory. */
  stringLength: 16_000_000,
  /** Lines kept in the history list when HISTSIZE is unset. */
  history: 500,
  /** Parsed sources kept for repeated `eval`, traps and prompts. */
  parseCache: 200,
  /** Turns after which a loop looks whether it must end. */
  arithmeticRecursion: 1024,
} as const;
