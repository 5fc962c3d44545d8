/** tput of ncurses 6.4, with the capabilities of xterm-256color that scripts use. */
import type { Process, Program } from "../../machine/types.ts";

const STRINGS: Readonly<Record<string, string>> = {
  bel: "\x07",
  blink: "\x1b[5m",
  bold: "\x1b[1m",
  civis: "\x1b[?25l",
  clear: "\x1b[H\x1b[2J\x1b[3J",
  cnorm: "\x1b[?12l\x1b[?25h",
  cr: "\r",
  cub1: "\b",
  cud1: "\n",
  cuf1: "\x1b[C",
  cuu1: "\x1b[A",
  dim: "\x1b[2m",
  ed: "\x1b[J",
  el: "\x1b[K",
  el1: "\x1b[1K",
  home: "\x1b[H",
  op: "\x1b[39;49m",
  rc: "\x1b8",
  reset: "\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>",
  rev: "\x1b[7m",
  rmcup: "\x1b[?1049l\x1b[23;0;0t",
  rmso: "\x1b[27m",
  rmul: "\x1b[24m",
  sc: "\x1b7",
  sgr0: "\x1b(B\x1b[m",
  sitm: "\x1b[3m",
  smcup: "\x1b[?1049h\x1b[22;0;0t",
  smso: "\x1b[7m",
  smul: "\x1b[4m",
};

/** Without a terminal these are what terminfo says. */
const DEFAULT_SIZE = { columns: 80, rows: 24 };

export const tput: Program = {
  name: "tput",
  async run(process) {
    const args = [...process.argv.slice(1)];
    let term = process.env.get("TERM") ?? "";
    if (args[0]?.startsWith("-T")) {
      const attached = (args.shift() ?? "").slice(2);
      term = attached === "" ? (args.shift() ?? "") : attached;
    }
    if (term === "") return refuse(process, "No value for $TERM and no -T specified", 2);
    const [capability, ...parameters] = args;
    if (capability === undefined) {
      await process.stderr.write("usage: tput [-V] [-S] [-x] [-T term] capname\n");
      return 2;
    }
    const text = textOf(process, capability, parameters.map(Number));
    if (text === undefined) return refuse(process, `unknown terminfo capability '${capability}'`, 4);
    await process.stdout.write(text);
    return 0;
  },
};

async function refuse(process: Process, message: string, status: number): Promise<number> {
  await process.stderr.write(`tput: ${message}\n`);
  return status;
}

function textOf(process: Process, capability: string, [first = 0, second = 0]: readonly number[]): string | undefined {
  const size = process.tty?.size ?? DEFAULT_SIZE;
  switch (capability) {
    case "cols":
      return `${size.columns}\n`;
    case "lines":
      return `${size.rows}\n`;
    case "colors":
      return "256\n";
    case "longname":
      return "xterm with 256 colors";
    case "init":
      return "\x1b[!p\x1b[?3;4l\x1b[4l\x1b>";
    case "setaf":
      return colour(first, 30, 90, 38);
    case "setab":
      return colour(first, 40, 100, 48);
    case "cup":
      return `\x1b[${first + 1};${second + 1}H`;
    default:
      return STRINGS[capability];
  }
}

/** Eight colours, eight bright ones, and the rest by number. */
function colour(number: number, plain: number, bright: number, extended: number): string {
  if (number < 8) return `\x1b[${plain + number}m`;
  return number < 16 ? `\x1b[${bright + number - 8}m` : `\x1b[${extended};5;${number}m`;
}
