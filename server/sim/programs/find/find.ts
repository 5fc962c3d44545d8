/** GNU find 4.9 and busybox find. */
import type { FileStat, Process, Program } from "../../machine/types.ts";
import { accounts, groupName, groups, userName } from "../toolkit/accounts.ts";
import { formatDate, parseDate } from "../toolkit/dates.ts";
import { compileRegex } from "../toolkit/posix-regex.ts";
import { inLocale, isBusybox, isErrno, quoted, ToolError, toolName } from "../toolkit/tool.ts";
import { modeText } from "../coreutils/ls.ts";
import { changedMode } from "../coreutils/modes.ts";
import { runCommand } from "../system/run-command.ts";
import { exitCode } from "../system/time.ts";
import { type FindExpression, type FindPlan, parseFind } from "./expression.ts";

interface Entry {
  /** As printed: the starting point and what lies below it. */
  readonly shown: string;
  readonly path: string;
  readonly depth: number;
  readonly stat: FileStat;
  readonly start: string;
}

class Quit extends Error {}

export const find: Program = {
  name: "find",
  async run(process) {
    const words = process.argv.slice(1).filter((word) => !/^-[HLP]$|^-O\d$/.test(word));
    const follows = process.argv.includes("-L");
    const split = words.findIndex((word) => word.startsWith("-") || word === "(" || word === "!" || word === ")");
    const starts = split === -1 ? words : words.slice(0, split);
    try {
      const plan = parseFind(split === -1 ? [] : words.slice(split));
      return await new Search(process, plan, follows).run(starts.length === 0 ? ["."] : starts);
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      await process.stderr.write(`${toolName(process)}: ${inLocale(process, error.message)}\n`);
      return 1;
    }
  },
};

class Search {
  private status = 0;
  private output = "";
  private readonly batches = new Map<FindExpression, string[]>();

  constructor(
    private readonly process: Process,
    private readonly plan: FindPlan,
    private readonly follows: boolean,
  ) {}

  async run(starts: readonly string[]): Promise<number> {
    try {
      for (const start of starts) await this.visit(start, this.process.resolve(start), 0, start);
    } catch (error) {
      if (!(error instanceof Quit)) throw error;
    }
    await this.flush();
    for (const [expression, paths] of this.batches) {
      if (expression.kind === "exec") await this.execute([...expression.argv, ...paths]);
    }
    return this.status;
  }

  private async flush(): Promise<void> {
    if (this.output !== "") await this.process.stdout.write(this.output);
    this.output = "";
  }

  private async visit(shown: string, path: string, depth: number, start: string): Promise<void> {
    const { fs } = this.process.machine;
    let stat: FileStat;
    try {
      stat =
        this.follows && fs.exists(path)
          ? fs.stat(path, this.process.credentials)
          : fs.lstat(path, this.process.credentials);
    } catch (error) {
      await this.complain(shown, error);
      return;
    }
    const entry: Entry = { shown, path, depth, stat, start };
    const isWithin = depth >= this.plan.minDepth;
    let isPruned = false;
    if (!this.plan.isDepthFirst && isWithin) isPruned = await this.test(entry);
    if (stat.kind === "directory" && depth < this.plan.maxDepth && !isPruned) {
      try {
        for (const name of fs.readdir(path, this.process.credentials)) {
          await this.visit(
            `${shown.replace(/\/+$/, "")}/${name}`,
            `${path === "/" ? "" : path}/${name}`,
            depth + 1,
            start,
          );
        }
      } catch (error) {
        await this.complain(shown, error);
      }
    }
    if (this.plan.isDepthFirst && isWithin) await this.test(entry);
    await this.process.clock.breathe();
  }

  private async complain(shown: string, error: unknown): Promise<void> {
    if (!isErrno(error) || error.code === "EPIPE") throw error;
    await this.flush();
    const name = isBusybox(this.process) ? shown : quoted(shown);
    await this.process.stderr.write(`${toolName(this.process)}: ${inLocale(this.process, name)}: ${error.message}\n`);
    this.status = 1;
  }

  /** Whether -prune was reached. */
  private async test(entry: Entry): Promise<boolean> {
    const state = { isPruned: false };
    await this.evaluate(this.plan.expression, entry, state);
    if (this.process.stdout.isTty || this.output.length > 4096) await this.flush();
    return state.isPruned;
  }

  private async evaluate(expression: FindExpression, entry: Entry, state: { isPruned: boolean }): Promise<boolean> {
    switch (expression.kind) {
      case "and":
        return (await this.evaluate(expression.left, entry, state)) && this.evaluate(expression.right, entry, state);
      case "or":
        return (await this.evaluate(expression.left, entry, state)) || this.evaluate(expression.right, entry, state);
      case "not":
        return !(await this.evaluate(expression.inner, entry, state));
      case "exec":
        return this.exec(expression, entry);
      case "test":
        if (expression.name === "prune") state.isPruned = true;
        return this.primary(expression.name, expression.argument, entry);
    }
  }

  private async exec(expression: Extract<FindExpression, { kind: "exec" }>, entry: Entry): Promise<boolean> {
    if (expression.isBatch) {
      const paths = this.batches.get(expression) ?? [];
      paths.push(entry.shown);
      this.batches.set(expression, paths);
      return true;
    }
    await this.flush();
    // -execdir runs below the entry's folder and names it from there.
    const slash = entry.shown.lastIndexOf("/");
    const name = expression.inFolder ? `./${entry.shown.slice(slash + 1)}` : entry.shown;
    const cwd = expression.inFolder ? entry.path.slice(0, entry.path.lastIndexOf("/")) || "/" : undefined;
    return (
      (await this.execute(
        expression.argv.map((word) => word.replaceAll("{}", name)),
        cwd,
      )) === 0
    );
  }

  private async execute(argv: readonly string[], cwd?: string): Promise<number> {
    const command = await runCommand(this.process, argv, cwd === undefined ? {} : { cwd }, {
      failure: (name, reason) => `${quoted(name)}: ${reason}`,
    });
    return command.kind === "failed" ? command.status : exitCode(await command.child.exit);
  }

  private primary(name: string, argument: string, entry: Entry): boolean {
    const { process } = this;
    const { stat, shown } = entry;
    const base = shown === "/" ? "/" : (shown.replace(/\/+$/, "").split("/").at(-1) ?? shown);
    const ageDays = (ms: number): number => (process.clock.now() - ms) / 86_400_000;
    switch (name) {
      case "true":
      case "prune":
        return true;
      case "false":
        return false;
      case "name":
      case "iname":
        return glob(argument, name === "iname").test(base);
      case "path":
      case "wholename":
      case "ipath":
        return glob(argument, name === "ipath").test(shown);
      case "lname":
        return stat.kind === "symlink" && glob(argument, false).test(process.machine.fs.readlink(entry.path));
      case "regex":
      case "iregex":
        return compileRegex(`^\\(${argument}\\)$`, { syntax: "basic", ignoresCase: name === "iregex" }).test(shown);
      case "regex-extended":
      case "iregex-extended":
        return compileRegex(`^(${argument})$`, { syntax: "extended", ignoresCase: name.startsWith("i") }).test(shown);
      case "nouser":
        return !accounts(process).some((account) => account.uid === stat.uid);
      case "nogroup":
        return !groups(process).some((group) => group.gid === stat.gid);
      case "samefile":
        return process.machine.fs.stat(process.resolve(argument)).inode === stat.inode;
      case "type":
        return argument.split(",").some((letter) => KIND_LETTERS[letter] === stat.kind);
      case "empty":
        return stat.kind === "directory"
          ? process.machine.fs.readdir(entry.path).length === 0
          : stat.kind === "file" && stat.sizeBytes === 0;
      case "size":
        return compareSize(argument, stat.sizeBytes);
      case "mtime":
      case "atime":
      case "ctime":
        return compareNumber(
          argument,
          Math.floor(ageDays(name === "mtime" ? stat.modifiedMs : name === "atime" ? stat.accessedMs : stat.changedMs)),
        );
      case "mmin":
      case "amin":
      case "cmin":
        return compareNumber(argument, Math.ceil((process.clock.now() - stat.modifiedMs) / 60_000));
      case "newer":
        return this.isNewer("mm", argument, stat);
      case "anewer":
        return this.isNewer("am", argument, stat);
      case "cnewer":
        return this.isNewer("cm", argument, stat);
      case "perm":
        return comparePermissions(argument, stat.mode);
      case "user":
        return userName(process, stat.uid) === argument || String(stat.uid) === argument;
      case "group":
        return groupName(process, stat.gid) === argument || String(stat.gid) === argument;
      case "uid":
        return compareNumber(argument, stat.uid);
      case "gid":
        return compareNumber(argument, stat.gid);
      case "links":
        return compareNumber(argument, stat.links);
      case "inum":
        return compareNumber(argument, stat.inode);
      case "executable":
      case "readable":
      case "writable":
        return process.machine.fs.access(
          entry.path,
          { executable: 1, writable: 2, readable: 4 }[name],
          process.credentials,
        );
      case "print":
        this.output += `${shown}\n`;
        return true;
      case "print0":
        this.output += `${shown}\0`;
        return true;
      case "printf":
        this.output += this.format(argument, entry, base);
        return true;
      case "ls":
        this.output += `${String(stat.inode).padStart(9)} ${String(Math.ceil(stat.sizeBytes / 1024)).padStart(6)} ${modeText(stat)} ${String(stat.links).padStart(3)} ${userName(process, stat.uid).padEnd(8)} ${groupName(process, stat.gid).padEnd(8)} ${String(stat.sizeBytes).padStart(8)} ${formatDate(stat.modifiedMs, "%b %e %H:%M")} ${shown}\n`;
        return true;
      case "delete":
        return this.remove(entry);
      case "quit":
        throw new Quit();
      default:
        return name.startsWith("newer") ? this.isNewer(name.slice(5), argument, stat) : true;
    }
  }

  /** `times`: which time of the entry, and which of the file; `t` for a date in words. */
  private isNewer(times: string, argument: string, stat: FileStat): boolean {
    const { process } = this;
    const timeOf = (letter: string | undefined, of: FileStat): number =>
      letter === "a" ? of.accessedMs : letter === "c" ? of.changedMs : of.modifiedMs;
    if (times[1] !== "t") {
      const other = process.machine.fs.stat(process.resolve(argument));
      return timeOf(times[0], stat) > timeOf(times[1], other);
    }
    const date = parseDate(argument, process.clock.now());
    if (date === null)
      throw new ToolError(`I cannot figure out how to interpret ${quoted(argument)} as a date or time`);
    return timeOf(times[0], stat) > date;
  }

  private remove(entry: Entry): boolean {
    const { fs } = this.process.machine;
    if (entry.shown === ".") return true;
    try {
      if (entry.stat.kind === "directory") fs.rmdir(entry.path, this.process.credentials);
      else fs.unlink(entry.path, this.process.credentials);
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      void this.process.stderr.write(
        inLocale(this.process, `${toolName(this.process)}: cannot delete ${quoted(entry.shown)}: ${error.message}\n`),
      );
      this.status = 1;
      return false;
    }
  }

  private format(text: string, { stat, shown, depth, start, path }: Entry, base: string): string {
    const { process } = this;
    const values: Readonly<Record<string, () => string>> = {
      p: () => shown,
      f: () => base,
      h: () => (shown.includes("/") ? shown.slice(0, shown.lastIndexOf("/")) || "/" : "."),
      P: () => shown.slice(start.length).replace(/^\//, ""),
      d: () => String(depth),
      s: () => String(stat.sizeBytes),
      k: () => String(Math.ceil(stat.sizeBytes / 1024)),
      m: () => stat.mode.toString(8),
      M: () => modeText(stat),
      u: () => userName(process, stat.uid),
      U: () => String(stat.uid),
      g: () => groupName(process, stat.gid),
      G: () => String(stat.gid),
      n: () => String(stat.links),
      i: () => String(stat.inode),
      l: () => (stat.kind === "symlink" ? process.machine.fs.readlink(path) : ""),
      y: () => Object.keys(KIND_LETTERS).find((letter) => KIND_LETTERS[letter] === stat.kind) ?? "f",
      t: () => formatDate(stat.modifiedMs, "%a %b %e %H:%M:%S.%N %Y"),
      "%": () => "%",
    };
    return text.replace(
      /%T(.)|%(.)|\\([nt0\\])/g,
      (whole, time: string | undefined, letter: string | undefined, escaped: string | undefined) => {
        if (time !== undefined)
          return time === "@" ? (stat.modifiedMs / 1000).toFixed(10) : formatDate(stat.modifiedMs, `%${time}`);
        if (letter !== undefined) return values[letter]?.() ?? whole;
        return { n: "\n", t: "\t", "0": "\0", "\\": "\\" }[escaped ?? ""] ?? whole;
      },
    );
  }
}

const KIND_LETTERS: Readonly<Record<string, FileStat["kind"]>> = {
  f: "file",
  d: "directory",
  l: "symlink",
  c: "device",
  p: "fifo",
  s: "socket",
};

function glob(pattern: string, ignoresCase: boolean): RegExp {
  const source = pattern.replace(/\[!?[^\]]*\]|[.+^${}()|\\*?]/g, (part) => {
    if (part === "*") return "[\\s\\S]*";
    if (part === "?") return "[\\s\\S]";
    if (part.startsWith("[")) return part.replace("[!", "[^");
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`, ignoresCase ? "i" : "");
}

function compareNumber(spelling: string, value: number): boolean {
  const number = Number(spelling.replace(/^[+-]/, ""));
  return spelling.startsWith("+") ? value > number : spelling.startsWith("-") ? value < number : value === number;
}

const UNITS: Readonly<Record<string, number>> = { "": 512, b: 512, c: 1, w: 2, k: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Sizes are rounded up to units before they are compared. */
function compareSize(spelling: string, bytes: number): boolean {
  const match = /^([+-]?\d+)([bcwkMG]?)$/.exec(spelling);
  if (!match) throw new ToolError(`Invalid argument \`${spelling}' to -size`);
  return compareNumber(match[1] ?? "", Math.ceil(bytes / (UNITS[match[2] ?? ""] ?? 512)));
}

function comparePermissions(spelling: string, mode: number): boolean {
  const wanted = changedMode(spelling.replace(/^[-/]/, ""), 0, false, 0);
  if (spelling.startsWith("-")) return (mode & wanted) === wanted;
  if (spelling.startsWith("/")) return wanted === 0 || (mode & wanted) !== 0;
  return mode === wanted;
}
