/** Prompt strings: `\u@\h:\w\$ `, then parameter, command and arithmetic expansion. */
import { BASH_VERSION } from "./flavour.ts";
import type { Interpreter } from "./interpreter.ts";
import { baseName } from "./interpreter.ts";
import { drive } from "./expansion.ts";
import { userName } from "./users.ts";
import { lowerText } from "./words.ts";

/** What waits (a command substitution) stays unexpanded here; see `renderPrompt`. */
export function expandPrompt(shell: Interpreter, text: string): string {
  const decoded = shell.isBash ? decodePrompt(shell, text) : text;
  if (!/[$`\\]/.test(decoded) || (shell.isBash && !shell.options.has("promptvars"))) return stripMarks(decoded);
  return stripMarks(shell.expandNow(lowerText(decoded)) ?? decoded);
}

/** A prompt to be shown: command substitutions included. `keepsMarks`: a line editor wants to know what takes no room. */
export async function renderPrompt(shell: Interpreter, text: string, keepsMarks = false): Promise<string> {
  const { lastStatus } = shell.state;
  const decoded = shell.isBash || shell.state.flavour === "ash" ? decodePrompt(shell, text) : text;
  try {
    const clean = keepsMarks ? (shown: string): string => shown : stripMarks;
    if (!/[$`\\]/.test(decoded) || (shell.isBash && !shell.options.has("promptvars"))) return clean(decoded);
    return clean(await drive(shell.expander.segmentText(lowerText(decoded))));
  } finally {
    shell.state.lastStatus = lastStatus;
  }
}

/** `\[` and `\]` tell the line editor what takes no room; nobody else wants them. */
function stripMarks(text: string): string {
  return text.replace(/[\u0001\u0002]/g, "");
}

const CHARACTERS: Readonly<Record<string, string>> = {
  a: "\u0007",
  e: "\u001b",
  n: "\n",
  r: "\r",
  "\\": "\\",
  "[": "\u0001",
  "]": "\u0002",
};

function decodePrompt(shell: Interpreter, text: string): string {
  return text.replace(/\\(D\{[^}]*\}|[0-7]{3}|.)/gs, (whole, code: string) => {
    const character = CHARACTERS[code];
    if (character !== undefined) return character;
    if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return promptField(shell, code) ?? whole;
  });
}

function promptField(shell: Interpreter, code: string): string | undefined {
  const { process, state } = shell;
  switch (code.charAt(0)) {
    case "u":
      return userName(process);
    case "h":
      return process.machine.hostname.split(".")[0];
    case "H":
      return process.machine.hostname;
    case "w":
      return escapeExpansion(trimDirectory(shell, tildeDirectory(shell)));
    case "W": {
      const directory = tildeDirectory(shell);
      return escapeExpansion(directory === "~" || directory === "/" ? directory : baseName(directory));
    }
    case "$":
      return process.credentials.uid === 0 ? "#" : shell.options.has("promptvars") || !shell.isBash ? "\\$" : "$";
    case "s":
      return baseName(state.shellName.replace(/^-/, ""));
    case "j":
      return String(shell.jobs.all.length);
    case "l":
      return process.tty ? baseName(process.tty.name) : "tty";
    case "!":
      return String(state.historyBase + state.history.length);
    case "#":
      return String(state.history.length + 1);
    case "v":
      return BASH_VERSION.split(".").slice(0, 2).join(".");
    case "V":
      return BASH_VERSION.split("(")[0];
    case "t":
    case "T":
    case "@":
    case "A":
    case "d":
    case "D":
      return dateField(shell, code);
    default:
      return undefined;
  }
}

function dateField(shell: Interpreter, code: string): string {
  const date = new Date(shell.process.clock.now());
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const hours12 = hours % 12 === 0 ? 12 : hours % 12;
  switch (code.charAt(0)) {
    case "t":
      return `${two(hours)}:${two(minutes)}:${two(seconds)}`;
    case "T":
      return `${two(hours12)}:${two(minutes)}:${two(seconds)}`;
    case "@":
      return `${two(hours12)}:${two(minutes)} ${hours < 12 ? "AM" : "PM"}`;
    case "A":
      return `${two(hours)}:${two(minutes)}`;
    case "d":
      return formatTime("%a %b %d", date);
    default:
      return formatTime(code.slice(2, -1) || "%X", date);
  }
}

export const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** strftime(3) in UTC, for `\D{…}` and `printf '%(…)T'`. */
export function formatTime(format: string, date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = DAYS[date.getUTCDay()] ?? "";
  const month = MONTHS[date.getUTCMonth()] ?? "";
  const hours = date.getUTCHours();
  const hours12 = hours % 12 === 0 ? 12 : hours % 12;
  const time = `${two(hours)}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
  const fields: Readonly<Record<string, string>> = {
    Y: String(date.getUTCFullYear()),
    y: two(date.getUTCFullYear() % 100),
    m: two(date.getUTCMonth() + 1),
    d: two(date.getUTCDate()),
    e: String(date.getUTCDate()).padStart(2),
    H: two(hours),
    I: two(hours12),
    M: two(date.getUTCMinutes()),
    S: two(date.getUTCSeconds()),
    p: hours < 12 ? "AM" : "PM",
    a: day.slice(0, 3),
    A: day,
    b: month.slice(0, 3),
    h: month.slice(0, 3),
    B: month,
    j: String(Math.floor((date.getTime() - yearStart) / 86_400_000) + 1).padStart(3, "0"),
    u: String(date.getUTCDay() || 7),
    w: String(date.getUTCDay()),
    F: `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`,
    T: time,
    X: time,
    R: time.slice(0, 5),
    D: `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${two(date.getUTCFullYear() % 100)}`,
    x: `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${two(date.getUTCFullYear() % 100)}`,
    c: `${day.slice(0, 3)} ${month.slice(0, 3)} ${String(date.getUTCDate()).padStart(2)} ${time} ${date.getUTCFullYear()}`,
    s: String(Math.floor(date.getTime() / 1000)),
    Z: "UTC",
    z: "+0000",
    n: "\n",
    t: "\t",
    "%": "%",
  };
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => fields[letter] ?? whole);
}

function tildeDirectory(shell: Interpreter): string {
  const directory = shell.variables.scalar("PWD") ?? shell.process.cwd;
  const home = shell.variables.scalar("HOME");
  if (!home || home === "/") return directory;
  if (directory === home) return "~";
  return directory.startsWith(`${home}/`) ? `~${directory.slice(home.length)}` : directory;
}

/** `PROMPT_DIRTRIM` */
function trimDirectory(shell: Interpreter, directory: string): string {
  const keep = Number(shell.variables.scalar("PROMPT_DIRTRIM") ?? 0);
  const parts = directory.replace(/^[~/]\/?/, "").split("/");
  if (!(keep > 0) || parts.length <= keep) return directory;
  return `${directory.startsWith("~") ? "~/" : ""}.../${parts.slice(-keep).join("/")}`;
}

/** A directory's name is no source of expansions. */
function escapeExpansion(text: string): string {
  return text.replace(/[\\$`]/g, "\\$&");
}
