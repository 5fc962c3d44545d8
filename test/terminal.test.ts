import { beforeAll, describe, expect, it } from "vitest";
import { type BootImage, bootWorld, createBootImage } from "../server/sim/world.ts";
import type { HostEnvironment, World } from "../server/sim/world-types.ts";

const host: HostEnvironment = {
  now: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  defer: (callback) => void setImmediate(callback),
  reportFault: (error) => {
    throw error;
  },
};

let image: BootImage;
beforeAll(async () => {
  image = await createBootImage({}, host, "virtual");
});

interface Typist {
  readonly world: World;
  /** What the screen got since the last keys, escape sequences removed. */
  type(keys: string): Promise<string>;
}

/** The learner's login shell with the programs of the terminal host, typed at as a person does. */
async function atTerminal(use: (typist: Typist) => Promise<void>): Promise<void> {
  const world = bootWorld({ image, host, clock: "virtual" });
  const terminal = world.openTerminal({ id: "one", size: { columns: 80, rows: 24 } });
  const decoder = new TextDecoder();
  let screen = "";
  terminal.onOutput((bytes) => {
    screen += decoder.decode(bytes, { stream: true });
  });
  await world.runCommand("sleep 1");
  const type = async (keys: string): Promise<string> => {
    screen = "";
    terminal.input(keys);
    await world.runCommand("sleep 1");
    return screen.replace(/\x1b\[[?0-9;]*[A-Za-z]/g, "").replaceAll("\r", "");
  };
  await use({ world, type });
  world.stop();
}

const PROMPT = "learner@terminal:~$ ";

describe("the learner's terminal", () => {
  it("stops a background program that reads, until fg", () =>
    atTerminal(async ({ type }) => {
      await type("cat &\r");
      expect(await type("jobs\r")).toContain("[1]+  Stopped                 cat\n");
      expect(await type("fg\r")).toBe("fg\ncat\n");
      expect(await type("hi\r")).toBe("hi\nhi\n");
      expect(await type("\x04")).toBe(PROMPT);
    }));

  it("gives the prompt back when ^Z stops vi, and the screen to vi with fg", () =>
    atTerminal(async ({ type }) => {
      await type("vi note\r");
      expect(await type("\x1a")).toContain(`[1]+  Stopped                 vi note\n${PROMPT}`);
      expect(await type("fg\r")).toContain("fg\nvi note\n");
      await type("ihello\x1b:wq\r");
      expect(await type("cat note\r")).toContain("\nhello\n");
    }));

  it("shows nothing of what is typed after stty -echo", () =>
    atTerminal(async ({ type }) => {
      await type("stty -echo\r");
      expect(await type("echo hidden\r")).toBe(`\nhidden\n${PROMPT}`);
      await type("stty echo\r");
      expect(await type("echo shown\r")).toBe(`echo shown\nshown\n${PROMPT}`);
    }));

  it("pages below the prompt with more, and prints what fits with less -F", () =>
    atTerminal(async ({ type }) => {
      expect(await type("seq 1 30 | more\r")).toMatch(/\n22\n23\n--More--$/);
      expect(await type(" ")).toBe(`${["24", "25", "26", "27", "28", "29", "30"].join("\n")}\n${PROMPT}`);
      expect(await type("echo hi | less -F\r")).toBe(`echo hi | less -F\nhi\n${PROMPT}`);
    }));
});
