/** `$(…)`, `<(…)` and `>(…)`. */
import type { ParsedScript } from "unbash";
import { createPipe } from "../machine/pipe.ts";
import type { OpenFile } from "../machine/types.ts";
import { isErrno } from "../machine/errno.ts";
import { decodeBytes } from "./bytes.ts";
import { DiscardCommand, ExpansionError, ShellSyntaxError } from "./control.ts";
import { forkShell, statusCode } from "./forking.ts";
import type { Interpreter } from "./interpreter.ts";
import { limits } from "./limits.ts";
import { openRedirections, RedirectionError, releaseChanges } from "./redirections.ts";
import { parseText, readProgram, validateStatement } from "./parser.ts";
import type { SourceText } from "./source-text.ts";
import type { Segment } from "./words.ts";

const READ_BYTES = 65_536;
const LAST_SUBSTITUTION_DESCRIPTOR = 63;

/** The output of a command, without its last newlines. */
export async function substituteCommand(
  shell: Interpreter,
  segment: Extract<Segment, { kind: "command" }>,
): Promise<string> {
  const { script, source } = segment;
  const file = fileToRead(script);
  if (file !== undefined && shell.isBash) return readSubstitutedFile(shell, file);
  const { reader, writer } = createPipe();
  const child = await forkShell(shell, (inner) => runScript(inner, script, source, true), {
    fds: new Map([[1, writer]]),
  });
  writer.release();
  try {
    const output = await readAll(shell, reader);
    shell.substitutionStatus = statusCode(await shell.until(child.exit));
    if (shell.isInterrupted && shell.state.isInteractive) {
      shell.isInterrupted = false;
      await shell.writeError("\n");
      throw new DiscardCommand(130, true);
    }
    // `$?` of a later expansion in the same command sees it, too.
    shell.state.lastStatus = shell.substitutionStatus;
    if (output.includes("\u0000") && shell.isBash)
      await shell.reportPlain("warning: command substitution: ignored null byte in input");
    return trimOutput(output);
  } finally {
    reader.release();
  }
}

function trimOutput(output: string): string {
  const text = output.includes("\u0000") ? output.replaceAll("\u0000", "") : output;
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 10) end--;
  return text.slice(0, end);
}

async function readAll(shell: Interpreter, reader: OpenFile): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await reader.read(READ_BYTES, shell.process.interruption);
    if (chunk.length === 0) break;
    chunks.push(chunk);
    size += chunk.length;
    if (size > limits.stringLength) throw new ExpansionError("xrealloc: cannot allocate memory", true, 2);
  }
  if (chunks.length === 0) return "";
  const [only] = chunks;
  if (chunks.length === 1 && only) return decodeBytes(only);
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return decodeBytes(all);
}

async function runScript(
  shell: Interpreter,
  script: ParsedScript,
  source: SourceText,
  isSubstitution = false,
): Promise<number> {
  shell.source = source;
  if (isSubstitution) shell.state.substitutionDepth++;
  // `-e` does not reach into `$(…)`, unless POSIX mode or `inherit_errexit` say so.
  if (shell.isBash && !shell.options.has("posix") && !shell.options.has("inherit_errexit"))
    shell.options.set("errexit", false);
  if (script.errors && script.errors.length > 0) await reportScriptErrors(shell, script, source);
  if (script.commands.length === 0) return 0;
  for (const statement of script.commands) {
    try {
      validateStatement(statement, source, shell.state.flavour, shell.options);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      await shell.syntaxError(source, error);
    }
  }
  shell.state.lastStatus = shell.state.lastStatus ?? 0;
  for (const statement of script.commands) await shell.runStatement(statement);
  return shell.state.lastStatus;
}

/** Errors in text between backquotes are only found when it runs. */
async function reportScriptErrors(shell: Interpreter, script: ParsedScript, source: SourceText): Promise<void> {
  if (script.source === undefined || parseText(script.source).errors.length === 0) return;
  const { fault } = readProgram(source, shell.state.flavour);
  if (fault) await shell.syntaxError(source, fault);
}

/** `$(<file)` */
function fileToRead(script: ParsedScript) {
  const [statement] = script.commands;
  if (script.commands.length !== 1 || !statement || statement.background) return undefined;
  const { command } = statement;
  if (command.type !== "Command" || command.name || command.prefix.length !== 1 || command.suffix.length > 0)
    return undefined;
  const [redirect] = command.prefix;
  return redirect?.type === "Redirect" && redirect.operator === "<" && !redirect.descriptor ? redirect : undefined;
}

async function readSubstitutedFile(
  shell: Interpreter,
  redirect: NonNullable<ReturnType<typeof fileToRead>>,
): Promise<string> {
  let opened: Awaited<ReturnType<typeof openRedirections>>;
  try {
    opened = await openRedirections(shell, [redirect]);
  } catch (error) {
    if (!(error instanceof RedirectionError)) throw error;
    await shell.reportPlain(error.message);
    shell.substitutionStatus = 1;
    return "";
  }
  try {
    const file = opened.changes.get(0);
    shell.substitutionStatus = 0;
    return file ? trimOutput(await readAll(shell, file)) : "";
  } catch (error) {
    if (!isErrno(error)) throw error;
    await shell.reportPlain(`read error: 0: ${error.message}`);
    shell.substitutionStatus = 1;
    return "";
  } finally {
    releaseChanges(opened.changes);
  }
}

/** Starts the command and gives the path that reads from it, or writes to it. */
export function openProcessSubstitution(shell: Interpreter, segment: Extract<Segment, { kind: "process" }>): string {
  const { reader, writer } = createPipe();
  const isInput = segment.operator === "<";
  const ours = isInput ? reader : writer;
  const theirs = isInput ? writer : reader;
  const { fds } = shell.process;
  let fd = LAST_SUBSTITUTION_DESCRIPTOR;
  while (fds.has(fd)) fd--;
  const forking = forkShell(shell, (child) => runScript(child, segment.script, segment.source), {
    fds: new Map([[isInput ? 1 : 0, theirs]]),
  });
  // The child has its own copy of the pipe's end by now; the fork itself never waits unless processes run out.
  const release = (): void => theirs.release();
  forking.then((child) => {
    release();
    shell.state.lastBackgroundPid = child.pid;
    shell.jobs.rememberChild(child);
  }, release);
  fds.set(fd, ours);
  shell.openSubstitutions.push(fd);
  return `/dev/fd/${fd}`;
}

/** Closes what the command that just ended had opened. */
export function closeSubstitutions(shell: Interpreter, from: number): void {
  for (const fd of shell.openSubstitutions.splice(from)) {
    shell.process.fds.get(fd)?.release();
    shell.process.fds.delete(fd);
  }
}
