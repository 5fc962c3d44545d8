/**
 * stty of coreutils 9.1 and busybox: shows and sets the modes of the terminal on standard input.
 * The simulated terminal knows echo, canonical input, signals and output mapping; the other
 * settings are accepted and shown as a terminal emulator has them.
 */
import { COOKED_MODES } from "../../machine/tty.ts";
import type { Process, Program, Tty, TtyModes } from "../../machine/types.ts";
import { inLocale, isBusybox, quoted, ToolError } from "../toolkit/tool.ts";

/** Settings that are more than a word, and what they do to the modes. */
const COMBINATIONS: Readonly<Record<string, Partial<TtyModes>>> = {
  sane: COOKED_MODES,
  cooked: { isCanonical: true, makesSignals: true, mapsNewlines: true },
  "-raw": { isCanonical: true, makesSignals: true, mapsNewlines: true },
  raw: { isCanonical: false, makesSignals: false, mapsNewlines: false },
  "-cooked": { isCanonical: false, makesSignals: false, mapsNewlines: false },
  cbreak: { isCanonical: false },
  "-cbreak": { isCanonical: true },
};

const MODE_OF_FLAG: Readonly<Record<string, keyof TtyModes>> = {
  echo: "echoes",
  icanon: "isCanonical",
  isig: "makesSignals",
  opost: "mapsNewlines",
  onlcr: "mapsNewlines",
};

/** Flags as `-a` shows them, in its rows; what the terminal does not have keeps this value. */
const FLAG_ROWS: readonly string[] = [
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts",
  "-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff",
  "-iuclc -ixany -imaxbel -iutf8",
  "opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0",
  "isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt",
  "echoctl echoke -flusho -extproc",
];
const FLAGS: ReadonlySet<string> = new Set(
  FLAG_ROWS.flatMap((row) => row.split(" ").map((flag) => flag.replace("-", ""))),
);
const CHARACTERS: ReadonlySet<string> = new Set(
  "intr quit erase kill eof eol eol2 swtch start stop susp rprnt werase lnext discard min time ispeed ospeed line".split(
    " ",
  ),
);

const CHARACTER_ROWS = `intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;
eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;
werase = ^W; lnext = ^V; discard = ^O; min = 1; time = 0;
`;

export const stty: Program = {
  name: "stty",
  async run(process) {
    try {
      await runStty(process, process.argv.slice(1));
      return 0;
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      await process.stderr.write(`stty: ${inLocale(process, error.message)}\n`);
      return error.status;
    }
  },
};

async function runStty(process: Process, args: readonly string[]): Promise<void> {
  const tty = process.stdin.isTty ? process.stdin.file.tty : null;
  if (!tty) {
    throw new ToolError(
      `${isBusybox(process) ? "standard input" : "'standard input'"}: Inappropriate ioctl for device`,
    );
  }
  const [first] = args;
  if (first === undefined) await process.stdout.write(changes(tty.modes));
  else if (first === "-a" || first === "--all") await process.stdout.write(everything(tty));
  else if (first === "-g" || first === "--save") await process.stdout.write(`${saved(tty.modes)}\n`);
  else await set(process, tty, args);
}

function everything(tty: Tty): string {
  const { rows, columns } = tty.size;
  const flags = FLAG_ROWS.map((row) =>
    row
      .split(" ")
      .map((flag) => shown(flag, tty.modes))
      .join(" "),
  );
  return `speed 38400 baud; rows ${rows}; columns ${columns}; line = 0;\n${CHARACTER_ROWS}${flags.join("\n")}\n`;
}

function shown(flag: string, modes: TtyModes): string {
  const name = flag.replace("-", "");
  const mode = MODE_OF_FLAG[name];
  return mode === undefined ? flag : `${modes[mode] ? "" : "-"}${name}`;
}

/** What differs from `sane`. */
function changes(modes: TtyModes): string {
  const off = (flag: string): string[] => (modes[MODE_OF_FLAG[flag] ?? "echoes"] ? [] : [`-${flag}`]);
  const rows = [["-brkint", "-imaxbel"], off("opost"), [...off("isig"), ...off("icanon"), ...off("echo")]];
  const limits = modes.isCanonical ? "" : "min = 1; time = 0;\n";
  const flags = rows.filter((row) => row.length > 0).map((row) => `${row.join(" ")}\n`);
  return `speed 38400 baud; line = 0;\n${limits}${flags.join("")}`;
}

// --------------------------------------------------------------- saved settings

const INPUT = 0x500;
const OUTPUT = 0x5;
/** c_lflag: ISIG, ICANON, ECHO, and the rest of a usual terminal. */
const LOCAL = { isig: 0x1, icanon: 0x2, echo: 0x8, rest: 0x8a30 } as const;
const CONTROL = "bf";
const CONTROL_CHARACTERS = "3:1c:7f:15:4:0:1:0:11:13:1a:0:12:f:17:16:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0";

/** `-g`: c_iflag, c_oflag, c_cflag, c_lflag and the control characters, in hexadecimal. */
function saved(modes: TtyModes): string {
  const local =
    LOCAL.rest |
    (modes.makesSignals ? LOCAL.isig : 0) |
    (modes.isCanonical ? LOCAL.icanon : 0) |
    (modes.echoes ? LOCAL.echo : 0);
  const output = modes.mapsNewlines ? OUTPUT : OUTPUT & ~1;
  return `${INPUT.toString(16)}:${output.toString(16)}:${CONTROL}:${local.toString(16)}:${CONTROL_CHARACTERS}`;
}

function restored(text: string): TtyModes | undefined {
  const match = /^[0-9a-f]+:([0-9a-f]+):[0-9a-f]+:([0-9a-f]+)(?::[0-9a-f]+){10,}$/.exec(text);
  if (!match) return undefined;
  const output = Number.parseInt(match[1] ?? "", 16);
  const local = Number.parseInt(match[2] ?? "", 16);
  return {
    mapsNewlines: (output & 1) !== 0,
    makesSignals: (local & LOCAL.isig) !== 0,
    isCanonical: (local & LOCAL.icanon) !== 0,
    echoes: (local & LOCAL.echo) !== 0,
  };
}

// --------------------------------------------------------------------- setting

async function set(process: Process, tty: Tty, words: readonly string[]): Promise<void> {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const modes = COMBINATIONS[word] ?? restored(word);
    if (modes) tty.setModes(modes);
    else if (word === "size") await process.stdout.write(`${tty.size.rows} ${tty.size.columns}\n`);
    else if (word === "speed") await process.stdout.write("38400\n");
    else if (FLAGS.has(word.replace(/^-/, ""))) setFlag(tty, word);
    else if (takesArgument(word)) setValue(tty, word, words[++index]);
    else if (!/^\d+$/.test(word)) throw refusal(`invalid argument ${quoted(word)}`);
  }
}

const takesArgument = (word: string): boolean => /^(?:rows|cols|columns)$/.test(word) || CHARACTERS.has(word);

function setFlag(tty: Tty, word: string): void {
  const mode = MODE_OF_FLAG[word.replace(/^-/, "")];
  if (mode) tty.setModes({ [mode]: !word.startsWith("-") });
}

function setValue(tty: Tty, name: string, value: string | undefined): void {
  if (value === undefined) throw refusal(`missing argument to ${quoted(name)}`);
  if (CHARACTERS.has(name)) return;
  if (!/^\d+$/.test(value)) throw new ToolError(`invalid integer argument: ${quoted(value)}`);
  tty.resize({ ...tty.size, [name === "rows" ? "rows" : "columns"]: Number(value) });
}

const refusal = (message: string): ToolError => new ToolError(`${message}\nTry 'stty --help' for more information.`);
