import { describe, expect, it } from "vitest";
import { collectOutput, openInput } from "../machine/open-file.ts";
import { createTestMachine } from "../machine/testing/machine.ts";
import { createShellSession, shellPrograms, type ShellSession, type ShellSessionOptions } from "./index.ts";

async function withSession<T>(
  use: (run: (text: string, stdin?: string) => Promise<string>, session: ShellSession) => Promise<T>,
  options: ShellSessionOptions = {},
): Promise<T> {
  const { machine, faults } = createTestMachine({ programs: shellPrograms });
  let result: { readonly value: T } | undefined;
  const child = machine.startFunction(
    ["bash"],
    async (process) => {
      const session = await createShellSession(process, options);
      const run = async (text: string, stdin = ""): Promise<string> => {
        const [stdout, stderr] = [collectOutput(), collectOutput()];
        const status = await session.execute(text, { stdin: openInput(stdin), stdout, stderr });
        return `${stdout.text()}${stderr.text()}[${status}]`;
      };
      result = { value: await use(run, session) };
      return 0;
    },
    {
      env: new Map([["PATH", "/usr/bin"]]),
      cwd: "/tmp",
      credentials: { uid: 0, gid: 0, groups: [0] },
      fds: new Map(),
      tty: null,
    },
  );
  await child.exit;
  expect(faults).toEqual([]);
  if (!result) throw new Error("the session did not end");
  return result.value;
}

describe("a shell session", () => {
  it("keeps variables, functions and the directory between texts", async () => {
    await withSession(async (run) => {
      expect(await run("x=1; f() { echo f$x; }; cd /")).toBe("[0]");
      expect(await run("f; pwd; false")).toBe("f1\n/\n[1]");
      expect(await run("echo $?")).toBe("1\n[0]");
    });
  });

  it("gives each text its own standard input", async () => {
    await withSession(async (run) => {
      expect(await run("read a b; echo $b-$a", "one two\n")).toBe("two-one\n[0]");
      expect(await run("read a || echo none")).toBe("none\n[0]");
    });
  });

  it("helps with its builtins, and takes --help for a word where bash does", async () => {
    await withSession(async (run) => {
      expect(await run("umask --help; shift --help >/dev/null; echo $?; echo --help")).toMatch(
        /^umask: umask \[-p\] \[-S\] \[mode\]\n.*\n2\n--help\n\[0\]$/,
      );
    });
  });

  it("refuses the length of an array that is not set under nounset", async () => {
    await withSession(async (run) => {
      expect(await run("(set -u; a=(); echo ${#a[@]} ${b[@]}; echo ${#b[@]})")).toBe(
        "0\nbash: line 1: b: unbound variable\n[1]",
      );
    });
  });

  it("reports as bash -c does and goes on after errors", async () => {
    await withSession(async (run) => {
      expect(await run("nosuch")).toBe("bash: line 1: nosuch: command not found\n[127]");
      expect(await run("echo $((1/0)); echo not reached")).toContain('division by 0 (error token is "0")');
      expect(await run("echo still here")).toBe("still here\n[0]");
    });
  });

  it("ends with exit, the EXIT trap run", async () => {
    await withSession(async (run, session) => {
      expect(await run("trap 'echo bye' EXIT")).toBe("[0]");
      expect(await run("exit 7")).toBe("bye\n[7]");
      expect(session.hasEnded).toBe(true);
      expect(await run("echo no")).toBe("[7]");
    });
  });

  it("continues from a snapshot, arrays, functions and options included", async () => {
    const snapshot = await withSession(async (run, session) => {
      await run("declare -A m=([k]=v); a=(1 2); f() { echo called $1; }; set -o pipefail; alias l=ls; export E=x");
      return JSON.parse(JSON.stringify(session.snapshot()));
    });
    await withSession(
      async (run) => {
        expect(await run("echo ${m[k]} ${a[1]} $E; f q; shopt -o pipefail; alias l")).toBe(
          "v 2 x\ncalled q\npipefail       \ton\nalias l='ls'\n[0]",
        );
      },
      { restore: snapshot },
    );
  });
});

describe("the other shells", () => {
  const run = async (shell: string, text: string): Promise<string> => {
    const { machine } = createTestMachine({ programs: shellPrograms });
    const [stdout, stderr] = [collectOutput(), collectOutput()];
    const child = machine.start(`/usr/bin/${shell}`, ["sh", "-c", text], {
      env: new Map([["PATH", "/usr/bin"]]),
      cwd: "/tmp",
      credentials: { uid: 0, gid: 0, groups: [0] },
      fds: new Map([
        [0, openInput("")],
        [1, stdout],
        [2, stderr],
      ]),
      tty: null,
    });
    const status = await child.exit;
    return `${stdout.text()}${stderr.text()}${status.kind === "exited" ? status.code : status.signal}`;
  };

  it("word a missing command each in their way", async () => {
    expect(await run("dash", "nosuch")).toBe("sh: 1: nosuch: not found\n127");
    expect(await run("ash", "nosuch")).toBe("sh: nosuch: not found\n127");
    expect(await run("bash", "nosuch")).toBe("sh: line 1: nosuch: command not found\n127");
  });

  it("lack what bash has", async () => {
    expect(await run("dash", "[[ a == a ]]")).toBe("sh: 1: [[: not found\n127");
    expect(await run("dash", "a=(1 2)")).toBe('sh: 1: Syntax error: "(" unexpected\n2');
    expect(await run("ash", "a=(1 2)")).toBe('sh: syntax error: unexpected "("\n2');
    expect(await run("ash", "x=abc; echo ${x:1:1} ${x/b/X}; [[ $x == a* ]] && echo glob")).toBe("b aXc\nglob\n0");
    expect(await run("dash", "echo {1..3} 'a\\tb'")).toBe("{1..3} a\tb\n0");
  });

  it("refuse files in their own words", async () => {
    expect(await run("dash", "cat < /nofile; echo > /no/dir")).toBe(
      "sh: 1: cannot open /nofile: No such file\nsh: 1: cannot create /no/dir: Directory nonexistent\n2",
    );
    expect(await run("ash", "echo > /no/dir")).toBe("sh: can't create /no/dir: nonexistent directory\n1");
    expect(await run("ash", "cd /no")).toBe("sh: cd: line 1: can't cd to /no: No such file or directory\n2");
  });
});
