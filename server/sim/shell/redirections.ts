/** Redirections: from syntax to open files, and onto the descriptors of the process. */
import type { HereDoc, Redirect, Redirection } from "unbash";
import { Errno, isErrno } from "../machine/errno.ts";
import { openInput } from "../machine/open-file.ts";
import type { OpenFile } from "../machine/types.ts";
import { encodeText } from "./bytes.ts";
import { drive } from "./expansion.ts";
import { posixOpenReason } from "./flavour.ts";
import type { Interpreter } from "./interpreter.ts";
import { parseReference } from "./variables.ts";
import { openNetworkPath } from "./network-paths.ts";
import { lowerHereDocument, lowerText, lowerWord } from "./words.ts";

/** A redirection that cannot be made. The message is printed; the command does not run. */
export class RedirectionError extends Error {}

/** New meaning of descriptors: an open file whose reference the list owns, or closed. */
export type DescriptorChanges = Map<number, OpenFile | null>;

export interface OpenedRedirections {
  readonly changes: DescriptorChanges;
  /** `{fd}>file`: stays after the command. */
  readonly lasting: readonly number[];
}

const FIRST_FREE_DESCRIPTOR = 10;

/** Opens everything, in order. `base`: descriptors a pipeline puts before those of the process. Throws RedirectionError, with nothing left open. */
export async function openRedirections(
  shell: Interpreter,
  redirects: readonly Redirection[],
  base?: ReadonlyMap<number, OpenFile | null>,
): Promise<OpenedRedirections> {
  const opening = new Opening(shell, base);
  try {
    for (const redirect of redirects) await opening.add(redirect);
  } catch (error) {
    releaseChanges(opening.changes);
    throw error;
  }
  return opening;
}

export function releaseChanges(changes: DescriptorChanges): void {
  for (const file of changes.values()) file?.release();
  changes.clear();
}

class Opening implements OpenedRedirections {
  readonly changes: DescriptorChanges = new Map();
  readonly lasting: number[] = [];

  constructor(
    private readonly shell: Interpreter,
    private readonly base: ReadonlyMap<number, OpenFile | null> | undefined,
  ) {}

  async add(redirect: Redirection): Promise<void> {
    if (redirect.type === "HereDoc") return this.hereDocument(redirect);
    if (redirect.type === "HereString") {
      const word = redirect.target && lowerWord(redirect.target, this.shell.source);
      const text = word ? await drive(this.shell.expander.text(word)) : "";
      await this.set(redirect, 0, openInput(encodeText(`${text}\n`)));
      return;
    }
    await this.plain(redirect);
  }

  private async hereDocument(redirect: HereDoc): Promise<void> {
    if (!redirect.closing && redirect.delimiter) await this.warnOpenHereDocument(redirect);
    const { shell } = this;
    const isStripped = redirect.operator === "<<-";
    const raw = isStripped ? redirect.body.text.replace(/^\t+/gm, "") : redirect.body.text;
    let text = raw;
    if (!redirect.delimiter?.quoted) {
      const segments =
        raw === redirect.body.text
          ? lowerHereDocument(redirect.body, shell.source)
          : lowerText(raw, shell.source.name, shell.source.lineAt(redirect.body.pos));
      text = await drive(shell.expander.segmentText(segments));
    }
    await this.set(redirect, 0, openInput(encodeText(text)));
  }

  private async warnOpenHereDocument(redirect: HereDoc): Promise<void> {
    const { shell } = this;
    if (!shell.isBash) return;
    const end = shell.source.endLine;
    const start = shell.source.lineAt(redirect.pos);
    const name = shell.source.name === "main" ? shell.shellName : shell.source.name;
    await shell.writeError(
      `${name}: ${shell.state.isInteractive ? "" : `line ${end - 1}: `}warning: here-document at line ${start} delimited by end-of-file (wanted \`${redirect.delimiter?.value ?? ""}')\n`,
    );
  }

  private async plain(redirect: Redirect): Promise<void> {
    const target = await this.target(redirect);
    switch (redirect.operator) {
      case "<":
        return this.set(redirect, 0, await this.open(target, "r"));
      case ">":
        return this.set(redirect, 1, await this.openForWriting(target));
      case ">|":
        return this.set(redirect, 1, await this.open(target, "w"));
      case ">>":
        return this.set(redirect, 1, await this.open(target, "a"));
      case "<>":
        return this.set(redirect, 0, await this.openForBoth(target));
      case "&>":
      case "&>>":
        return this.both(await (redirect.operator === "&>" ? this.openForWriting(target) : this.open(target, "a")));
      case "<&":
      case ">&":
        return this.duplicate(redirect, target);
      default: {
        const unknown: never = redirect.operator;
        throw new Error(`unknown redirection ${String(unknown)}`);
      }
    }
  }

  private both(file: OpenFile): void {
    this.replace(1, file);
    this.replace(2, file.retain());
  }

  private async target(redirect: Redirect): Promise<string> {
    const { shell } = this;
    if (!redirect.target) return "";
    const word = lowerWord(redirect.target, shell.source);
    if (word.literal !== undefined) return word.literal;
    if (!shell.isBash) return await drive(shell.expander.text(word));
    const fields = await drive(shell.expander.fields(word));
    if (fields.length !== 1) return this.fail(`${redirect.target.text}: ambiguous redirect`);
    return fields[0] ?? "";
  }

  private async duplicate(redirect: Redirect, target: string): Promise<void> {
    const standard = redirect.operator === "<&" ? 0 : 1;
    if (target === "-") {
      const fd = await this.descriptorNumber(redirect, standard, true);
      this.replace(fd, null);
      if (redirect.descriptor?.type === "FileDescriptorVariable") this.lasting.push(fd);
      return;
    }
    const match = /^([0-9]+)(-?)$/.exec(target);
    if (!match) {
      if (redirect.operator === ">&" && !redirect.descriptor && this.shell.isBash)
        return this.both(await this.openForWriting(target));
      return this.fail(
        this.shell.isBash
          ? `${redirect.target?.text ?? target}: ambiguous redirect`
          : this.shell.state.flavour === "dash"
            ? "Syntax error: Bad fd number"
            : "syntax error: bad fd number",
      );
    }
    const from = Number(match[1]);
    const file = this.current(from);
    if (!file)
      return this.fail(
        this.shell.isBash
          ? `${match[1]}: Bad file descriptor`
          : this.shell.state.flavour === "dash"
            ? `${match[1]}: Bad file descriptor`
            : `${match[1]}: Bad file descriptor`,
      );
    file.retain();
    await this.set(redirect, standard, file);
    if (match[2] === "-") this.replace(from, null);
  }

  private current(fd: number): OpenFile | undefined {
    const changed = this.changes.has(fd) ? this.changes.get(fd) : this.base?.get(fd);
    return changed === null ? undefined : (changed ?? this.shell.process.fds.get(fd));
  }

  /** Where the redirection goes; `{name}` takes a free descriptor and remembers it. */
  private async descriptorNumber(redirect: Redirection, standard: number, isClosing = false): Promise<number> {
    const { descriptor } = redirect;
    if (!descriptor) return standard;
    if (descriptor.type === "FileDescriptor") return descriptor.value;
    if (isClosing) {
      const reference = parseReference(descriptor.name);
      const { variables } = this.shell;
      const value =
        reference?.subscript === undefined
          ? variables.scalar(descriptor.name)
          : variables.element(reference.name, reference.subscript);
      return Number(value ?? "-1");
    }
    let fd = FIRST_FREE_DESCRIPTOR;
    while (this.current(fd)) fd++;
    this.shell.variables.assign(descriptor.name, String(fd));
    this.lasting.push(fd);
    return fd;
  }

  private async set(redirect: Redirection, standard: number, file: OpenFile): Promise<void> {
    this.replace(await this.descriptorNumber(redirect, standard), file);
  }

  private replace(fd: number, file: OpenFile | null): void {
    this.changes.get(fd)?.release();
    this.changes.set(fd, file);
  }

  private async openForWriting(target: string): Promise<OpenFile> {
    const { shell } = this;
    if (shell.options.has("noclobber") && isRegularFile(shell, target)) {
      return this.fail(
        shell.isBash
          ? `${target}: cannot overwrite existing file`
          : shell.state.flavour === "dash"
            ? `cannot create ${target}: File exists`
            : `can't create ${target}: File exists`,
      );
    }
    return this.open(target, "w");
  }

  private async openForBoth(target: string): Promise<OpenFile> {
    const { shell } = this;
    const path = shell.process.resolve(target);
    return this.open(target, shell.process.machine.fs.exists(path) ? "r+" : "w+");
  }

  private async open(target: string, flags: string): Promise<OpenFile> {
    const { shell } = this;
    const { process } = shell;
    const isCreating = !flags.startsWith("r");
    try {
      const fd = /^\/dev\/(?:fd\/([0-9]+)|(stdin)|(stdout)|(stderr))$/.exec(target);
      if (fd) return this.openDescriptor(fd);
      if (shell.isBash && /^\/dev\/(?:tcp|udp)\/[^/]+\/[^/]+$/.test(target))
        return await openNetworkPath(shell, target);
      if (target === "") throw new Errno("ENOENT");
      return process.machine.fs.open(process.resolve(target), flags, {
        mode: 0o666 & ~process.umask,
        as: process.credentials,
      });
    } catch (error) {
      if (!isErrno(error)) throw error;
      return this.fail(this.openMessage(target, error, isCreating));
    }
  }

  private openDescriptor(match: RegExpExecArray): OpenFile {
    const fd = match[1] !== undefined ? Number(match[1]) : match[2] ? 0 : match[3] ? 1 : 2;
    const file = this.current(fd);
    if (!file) throw new Errno("ENOENT");
    return file.retain();
  }

  private openMessage(target: string, error: Errno, isCreating: boolean): string {
    const { flavour } = this.shell.state;
    if (flavour === "bash") return `${target}: ${error.message}`;
    const reason = posixOpenReason(error.code, isCreating, flavour) ?? error.message;
    if (flavour === "dash") return `cannot ${isCreating ? "create" : "open"} ${target}: ${reason}`;
    return `can't ${isCreating ? "create" : "open"} ${target}: ${reason}`;
  }

  private fail(message: string): never {
    throw new RedirectionError(message);
  }
}

function isRegularFile(shell: Interpreter, target: string): boolean {
  try {
    return shell.process.machine.fs.stat(shell.process.resolve(target)).kind === "file";
  } catch {
    return false;
  }
}

/** Puts the changes onto the process; the result undoes them. */
export function applyChanges(shell: Interpreter, opened: OpenedRedirections): () => void {
  const { fds } = shell.process;
  const before: [number, OpenFile | undefined][] = [];
  for (const [fd, file] of opened.changes) {
    const old = fds.get(fd);
    if (opened.lasting.includes(fd)) old?.release();
    else before.push([fd, old]);
    if (file) fds.set(fd, file);
    else fds.delete(fd);
  }
  opened.changes.clear();
  return () => {
    for (const [fd, old] of before.reverse()) {
      fds.get(fd)?.release();
      if (old) fds.set(fd, old);
      else fds.delete(fd);
    }
  };
}

/** For `exec >file`: the changes stay. */
export function applyForGood(shell: Interpreter, opened: OpenedRedirections): void {
  const { fds } = shell.process;
  for (const [fd, file] of opened.changes) {
    fds.get(fd)?.release();
    if (file) fds.set(fd, file);
    else fds.delete(fd);
  }
  opened.changes.clear();
}

/** Runs `body` with redirections in force. A failure is reported and gives status 1 (2 in dash). */
export async function withRedirections(
  shell: Interpreter,
  redirects: readonly Redirection[],
  body: () => Promise<number>,
): Promise<number> {
  if (redirects.length === 0) return body();
  let opened: OpenedRedirections;
  try {
    opened = await openRedirections(shell, redirects);
  } catch (error) {
    if (!(error instanceof RedirectionError)) throw error;
    await shell.reportPlain(error.message);
    return redirectionStatus(shell);
  }
  const undo = applyChanges(shell, opened);
  try {
    return await body();
  } finally {
    undo();
  }
}

export function redirectionStatus(shell: Interpreter): number {
  return shell.state.flavour === "dash" ? 2 : 1;
}
