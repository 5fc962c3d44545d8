/** The bounds of this room: every queue and buffer has one, and it stands here. */
import type { MachineLimits } from "./types.ts";

/** As Linux sizes a pipe. */
export const PIPE_BYTES = 65_536;
/** One direction of a TCP connection. */
export const SOCKET_BUFFER_BYTES = 65_536;
/** Connections that wait for accept(2). */
export const LISTEN_BACKLOG = 128;
/** Datagrams that wait for recvfrom(2). */
export const DATAGRAM_QUEUE = 256;
/** UDP exchanges whose replies a namespace still recognises. */
export const CONNECTION_TRACKING_ENTRIES = 256;
/** Typed ahead of the reader of a terminal. */
export const TTY_INPUT_BYTES = 1_048_576;
/** The longest line in canonical mode (N_TTY_BUF_SIZE). */
export const TTY_LINE_BYTES = 4096;
/** Written to a terminal and not yet taken by its screen. */
export const TTY_OUTPUT_BYTES = 262_144;
export const NAME_BYTES = 255;
export const PATH_BYTES = 4096;
/** Symbolic links followed in one path. */
export const SYMLINK_DEPTH = 40;
/** What each file costs against the quota beside its bytes. */
export const INODE_BYTES = 256;
/** HTTP header block. */
export const HTTP_HEAD_BYTES = 65_536;
/** Real time a task may compute before it lets others run. */
export const CPU_SLICE_MS = 5;
/** Turns of a busy loop that make one virtual tick, and how long that tick is. */
export const VIRTUAL_TURNS_PER_TICK = 200;
export const VIRTUAL_TICK_MS = 2;

export const DEFAULT_LIMITS: MachineLimits = {
  maxProcesses: 512,
  maxOpenFiles: 1024,
  maxFileSystemBytes: 32 * 1024 * 1024,
};
