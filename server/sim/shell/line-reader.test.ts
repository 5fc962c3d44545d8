import { describe, expect, it } from "vitest";
import { appendBytes } from "./line-reader.ts";
import { limits } from "./limits.ts";
import { collectOutput, openInput } from "../machine/open-file.ts";
import { createTestMachine } from "../machine/testing/machine.ts";
import { createShellSession, shellPrograms } from "./index.ts";

/** A shell that runs one text, and what it has printed so far. */
function shellWith(text: string, input = openInput("")) {
  const { machine, clock } = createTestMachine({ programs: shellPrograms });
  const [stdout, stderr] = [collectOutput(), collectOutput()];
  const child = machine.startFunction(
    ["bash"],
    async (process) => (await createShellSession(process)).execute(text, { stdin: input, stdout, stderr }),
    { env: new Map(), cwd: "/tmp", credentials: { uid: 0, gid: 0, groups: [0] }, fds: new Map(), tty: null },
  );
  return { machine, clock, child, said: () => `${stdout.text()}${stderr.text()}` };
}

async function printed(text: string, stdin = ""): Promise<string> {
  const { child, said } = shellWith(text, openInput(stdin));
  await child.exit;
  return said();
}

describe("what a shell reads", () => {
  it("keeps null bytes out of variables, unless they end the line", async () => {
    expect(await printed(`read -r a; echo "$a"`, "x\0y\n")).toBe("xy\n");
    expect(await printed(`read -r -d '' a; echo "$a"`, "x\0y\n")).toBe("x\n");
  });

  it("ends where no memory is left, as does a printf that is too wide", async () => {
    expect(() => appendBytes(new Array<number>(limits.stringLength), Uint8Array.of(1))).toThrow(
      "xrealloc: cannot allocate memory",
    );
    expect(await printed("printf '%1000000000d' 1")).toBe("bash: line 1: xrealloc: cannot allocate memory\n");
  });

  it("lets others run while a device answers without end", async () => {
    const { machine, clock, child } = shellWith("while :; do read -r a; done < /dev/zero");
    for (let turn = 0; turn < 100; turn++) await clock.breathe();
    machine.kill(child.pid, "SIGKILL");
    expect(await child.exit).toEqual({ kind: "signaled", signal: "SIGKILL" });
  });
});
