/** Every bound of this room. Sizes in bytes unless the name says otherwise. */
export const limits = {
  /** Sessions awake at the same time, in the whole process. */
  sessions: 400,
  /** Sessions of one learner awake at the same time; the one longest unused goes to sleep. */
  sessionsPerLearner: 3,
  terminalsPerSession: 6,
  viewersPerTerminal: 8,
  /** A session nobody looks at goes to sleep after this. */
  idleMs: 5 * 60_000,
  /** How long changes may wait before they are written to the store. */
  saveDelayMs: 2_000,
  undoDepth: 20,
  /** Undo states that survive hibernation. */
  storedUndoDepth: 5,

  /** A terminal's log is compacted to what its screen shows beyond this. */
  screenLogBytes: 192 * 1024,
  /** Beyond this, output waits until the compaction is done. */
  screenLogHardBytes: 1024 * 1024,
  scrollbackLines: 1000,
  /** Output a viewer has not acknowledged before the program must wait. */
  unackedHighBytes: 128 * 1024,
  unackedLowBytes: 32 * 1024,
  /** A viewer that acknowledges nothing for this long is let go, so that the others can go on. */
  stallMs: 15_000,
  outputBytesPerSecond: 4 * 1024 * 1024,
  /** When nobody looks. */
  unseenOutputBytesPerSecond: 256 * 1024,
  outputBurstBytes: 512 * 1024,
  /** One input message. */
  inputBytes: 32 * 1024,
  rememberedClients: 16,

  /** Boot images kept of one scenario, by their dates. */
  imagesPerScenario: 3,
  /** A fresh world is booted from an image no older than this. */
  imageAgeMs: 6 * 3_600_000,

  pictureDelayMs: 120,
  pictureLookAgainMs: 700,
  picturePods: 60,
  pictureDoors: 400,
  recentFlows: 60,
  /** One skip of simulated time. */
  skipSeconds: 24 * 3600,
} as const;
