/** The shell room: what others take from it. */
export { shellPrograms } from "./shell-program.ts";
export { createShellSession, type SessionStreams, type ShellSession, type ShellSessionOptions } from "./session.ts";
export {
  type FinishedCommand,
  type InteractiveShell,
  shellServices,
  type ShellServices,
} from "./services.ts";
export { restoreSnapshot, type ShellSnapshot, takeSnapshot } from "./snapshot.ts";
