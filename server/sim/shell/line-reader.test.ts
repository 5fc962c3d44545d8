import { describe, expect, it } from "vitest";
import { appendBytes } from "./line-reader.ts";
import { limits } from "./limits.ts";
import { collectOutput, openInput } from "../machine/open-file.ts";
import { createTestMachine } from "../machine/testing/machine.ts";
import { createShellSession, shellPrograms } from "./index.ts";

/** What a text prints in a shell of its own. */
async function printed(text: string, stdin = ""): Promise<string> {
  const { machine } = createTestMachine({ programs: shellPrograms });
  const [stdout, stderr] = [collectOutput(), collectOutput()];
  const child = machine.startFunction(
    ["bash"],
    async (process) => {
      const session = await createShellSession(process);
      return session.execute(text, { stdin: openInput(stdin), stdout, stderr });
    },
    { env: new Map(), cwd: "/tmp", credentials: { uid: 0, gid: 0, groups: [0] }, fds: new Map(), tty: null },
  );
  await child.exit;
  return `${stdout.text()}${stderr.text()}`;
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
    const { machine, clock } = createTestMachine({ programs: shellPrograms });
    const child = machine.startFunction(
      ["bash"],
      async (process) => {
        const session = await createShellSession(process);
        return session.execute("while :; do read -r a; done < /dev/zero", {});
      },
      { env: new Map(), cwd: "/tmp", credentials: { uid: 0, gid: 0, groups: [0] }, fds: new Map(), tty: null },
    );
    for (let turn = 0; turn < 100; turn++) await clock.breathe();
    machine.kill(child.pid, "SIGKILL");
    expect(await child.exit).toEqual({ kind: "signaled", signal: "SIGKILL" });
  });
});
