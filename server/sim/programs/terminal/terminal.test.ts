import { describe, expect, it } from "vitest";
import { createTestMachine } from "../../machine/testing/machine.ts";
import type { Program, TtyModes } from "../../machine/types.ts";
import { stty } from "./stty.ts";
import { tput } from "./tput.ts";

/** Runs a program on a terminal of its own and gives its words and the terminal's state after it. */
async function onTerminal(program: Program, argv: readonly string[], modes: Partial<TtyModes> = {}) {
  const { machine, run } = createTestMachine({ programs: [program] });
  const tty = machine.openTty({ columns: 80, rows: 24 });
  tty.setModes(modes);
  let screen = "";
  tty.onOutput((bytes) => {
    screen += new TextDecoder().decode(bytes);
  });
  const env = { TERM: "xterm-256color", LANG: "C.UTF-8" };
  const { code } = await run((process) => program.run(process), { tty, argv, env });
  return { screen: screen.replaceAll("\r\n", "\n"), code, tty };
}

// Recorded with coreutils 9.1 in a pseudo-terminal.
const SANE = `speed 38400 baud; rows 24; columns 80; line = 0;
intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;
eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;
werase = ^W; lnext = ^V; discard = ^O; min = 1; time = 0;
-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts
-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff
-iuclc -ixany -imaxbel -iutf8
opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0
isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt
echoctl echoke -flusho -extproc
`;
const SAVED = "500:5:bf:8a3b:3:1c:7f:15:4:0:1:0:11:13:1a:0:12:f:17:16:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0";

describe("stty", () => {
  it.each([
    [["-a"], SANE, 0],
    [[], "speed 38400 baud; line = 0;\n-brkint -imaxbel\n", 0],
    [["-g"], `${SAVED}\n`, 0],
    [["size"], "24 80\n", 0],
    [["foo"], "stty: invalid argument ‘foo’\nTry 'stty --help' for more information.\n", 1],
    [["erase"], "stty: missing argument to ‘erase’\nTry 'stty --help' for more information.\n", 1],
    [["cols", "x"], "stty: invalid integer argument: ‘x’\n", 1],
  ])("%j", async (args, screen, code) => {
    expect(await onTerminal(stty, ["stty", ...args])).toMatchObject({ screen, code });
  });

  it("sets modes, and sets them back from what -g said", async () => {
    const { tty } = await onTerminal(stty, ["stty", "-echo", "-icanon"]);
    expect(tty.modes).toMatchObject({ echoes: false, isCanonical: false, makesSignals: true });
    expect((await onTerminal(stty, ["stty"], { echoes: false })).screen).toMatch(/\n-echo\n$/);
    const raw = { echoes: false, isCanonical: false, makesSignals: false, mapsNewlines: false };
    expect((await onTerminal(stty, ["stty", SAVED], raw)).tty.modes).toMatchObject({ echoes: true, isCanonical: true });
    expect((await onTerminal(stty, ["stty", "sane"], raw)).tty.modes).toMatchObject({ makesSignals: true });
  });

  it("changes the size", async () => {
    const { tty } = await onTerminal(stty, ["stty", "rows", "10", "cols", "40"]);
    expect(tty.size).toEqual({ columns: 40, rows: 10 });
  });
});

describe("tput", () => {
  it.each([
    [["cols"], "80\n", 0],
    [["setaf", "1"], "\x1b[31m", 0],
    [["cup", "3", "4"], "\x1b[4;5H", 0],
    [["sgr0"], "\x1b(B\x1b[m", 0],
    [["foo"], "tput: unknown terminfo capability 'foo'\n", 4],
  ])("%j", async (args, screen, code) => {
    expect(await onTerminal(tput, ["tput", ...args])).toMatchObject({ screen, code });
  });
});
