import { describe, expect, it } from "vitest";
import type { ShellSnapshot } from "./index.ts";
import { openTerminal, started } from "./testing/terminal.ts";

describe("an interactive bash", () => {
  it("prompts as PS1 says, runs a line and prompts again", async () => {
    const terminal = openTerminal();
    await terminal.advance(5);
    expect(terminal.take()).toBe("learner:~$ ");
    await terminal.type("echo hi; cd /work\r");
    expect(terminal.take()).toBe("echo hi; cd /work\nhi\nlearner:/work$ ");
    expect(terminal.faults).toEqual([]);
  });

  it("names itself without a line number in messages", async () => {
    const terminal = await started();
    await terminal.type("nosuch\r");
    expect(terminal.take()).toContain("\nbash: nosuch: command not found\n");
    await terminal.type("echo )\r");
    expect(terminal.take()).toContain("\nbash: syntax error near unexpected token `)'\nlearner");
  });

  it("asks for more with PS2 until a command is whole", async () => {
    const terminal = await started();
    await terminal.type("for i in 1 2\r");
    expect(terminal.take()).toBe("for i in 1 2\n> ");
    await terminal.type("do echo $i; done\r");
    expect(terminal.take()).toBe("do echo $i; done\n1\n2\nlearner:~$ ");
    await terminal.type("cat <<E\rtext\rE\r");
    expect(terminal.take()).toContain("\ntext\nlearner");
    await terminal.type('echo "a\rb"\r');
    expect(terminal.take()).toContain("\na\nb\nlearner");
  });

  it("gives the prompt back after ^C, from a program, a loop and a half-typed line", async () => {
    const terminal = await started();
    await terminal.type("sleep 100\r");
    terminal.take();
    await terminal.type("\u0003");
    expect(terminal.take()).toBe("^C\nlearner:~$ ");
    await terminal.type("echo $?\r");
    expect(terminal.take()).toContain("\n130\n");
    terminal.take();
    await terminal.type("while true; do :; done\r");
    terminal.take();
    await terminal.type("\u0003");
    expect(terminal.take()).toContain("learner:~$ ");
    await terminal.type("half\u0003");
    expect(terminal.take()).toContain("^C\nlearner:~$ ");
  });

  it("stops a job with ^Z, lists it, continues it in the background and tells when it is done", async () => {
    const terminal = await started();
    await terminal.type("sleep 10\r");
    terminal.take();
    await terminal.type("\u001a");
    expect(terminal.take()).toBe("^Z\n[1]+  Stopped                 sleep 10\nlearner:~$ ");
    await terminal.type("jobs\r");
    expect(terminal.take()).toContain("\n[1]+  Stopped                 sleep 10\n");
    await terminal.type("bg\r");
    expect(terminal.take()).toContain("\n[1]+ sleep 10 &\n");
    await terminal.advance(11_000);
    await terminal.type("\r");
    expect(terminal.take()).toContain("[1]+  Done                    sleep 10\n");
  });

  it("warns once of stopped jobs at ^D, then leaves", async () => {
    const terminal = await started();
    await terminal.type("sleep 10\r");
    await terminal.type("\u001a");
    terminal.take();
    await terminal.type("\u0004");
    expect(terminal.take()).toBe("\nexit\nThere are stopped jobs.\nlearner:~$ ");
    await terminal.type("\u0004");
    expect(terminal.take()).toBe("\nexit\n");
    expect(terminal.isOver()).toBe(true);
  });

  it("prints the number and pid of a background job", async () => {
    const terminal = await started();
    await terminal.type("sleep 1 &\r");
    expect(terminal.take()).toMatch(/\n\[1\] \d+\nlearner:~\$ $/);
    await terminal.type("fg\r");
    await terminal.advance(2000);
    expect(terminal.take()).toBe("fg\nsleep 1\nlearner:~$ ");
  });

  it("expands history events and shows the line before it runs", async () => {
    const terminal = await started();
    await terminal.type("echo one two\r!!\r");
    expect(terminal.take()).toContain("echo one two\none two\nlearner");
    await terminal.type("echo !$\r");
    expect(terminal.take()).toContain("\necho two\ntwo\n");
    await terminal.type("!nosuch\r");
    expect(terminal.take()).toContain("bash: !nosuch: event not found\n");
    await terminal.type("\u001b[A\r");
    expect(terminal.take()).toContain("two");
  });

  it("gives typed-ahead lines to the program that reads them", async () => {
    const terminal = await started();
    await terminal.type("read x\rvalue\recho got $x\r");
    expect(terminal.take()).toContain("got value\n");
    await terminal.type("cat\rline\r\u0004echo after\r");
    const text = terminal.take();
    expect(text).toBe("cat\nline\nlearner:~$ echo after\nafter\nlearner:~$ ");
  });

  it("completes commands, files and variables", async () => {
    const terminal = await started({ files: { "/home/learner/some file.txt": "" } });
    await terminal.type("sle\t1\r");
    expect(terminal.take()).toContain("sleep 1");
    await terminal.advance(1000);
    await terminal.type("echo so\t\r");
    expect(terminal.take()).toContain("some file.txt\n");
    await terminal.type("echo $HO\t");
    expect(terminal.take()).toContain("echo $HO");
    expect(terminal.faults).toEqual([]);
  });

  it("asks the function of a specification, which may change its options for the moment", async () => {
    const terminal = await started();
    await terminal.type("f() { compopt -o nospace; COMPREPLY=(pods/); }\r");
    await terminal.type("complete -o default -F f kc\rkc get po\t");
    expect(terminal.take()).toMatch(/kc get pods\/$/);
    await terminal.type("\u0003g() { compopt +o default; }; > here; complete -o default -F g kc\rkc he\t");
    expect(terminal.take()).toMatch(/kc he\u0007$/);
    await terminal.type("\u0003g() { :; }; > here\rkc he\t");
    expect(terminal.take()).toMatch(/kc here $/);
    await terminal.type("\u0003compopt -o nospace; compopt -o nospace kc none; compopt -o x; complete -p kc\r");
    expect(terminal.take()).toContain(
      [
        "bash: compopt: not currently executing completion function",
        "bash: compopt: none: no completion specification",
        "bash: compopt: x: invalid option name",
        "complete -o default -o nospace -F g kc",
      ].join("\n"),
    );
  });

  it("tells the world of each finished line, and restores from a snapshot", async () => {
    const terminal = await started();
    const [shell] = terminal.shells;
    const finished: unknown[] = [];
    shell?.onCommand((command) => void finished.push(command));
    await terminal.type("x=1; a=(p q); f() { echo f$1; }; alias l='echo L'; cd /work; false\r");
    expect(finished).toEqual([
      { line: "x=1; a=(p q); f() { echo f$1; }; alias l='echo L'; cd /work; false", exitCode: 1 },
    ]);
    const snapshot = JSON.parse(JSON.stringify(shell?.snapshot())) as ShellSnapshot;
    const second = openTerminal({ services: { snapshotFor: () => snapshot } });
    await second.advance(5);
    expect(second.take()).toBe("learner:/work$ ");
    await second.type("echo $? $x ${a[1]}; f 2; l\r");
    expect(second.take()).toContain("\n1 1 q\nf2\nL\n");
    await second.type("\u001b[A\u001b[A");
    expect(second.take()).toContain("x=1; a=(p q)");
  });

  it("lets a nested shell have its own prompt and jobs, and comes back", async () => {
    const terminal = await started();
    await terminal.type("ash\r");
    expect(terminal.take()).toBe("ash\n~ $ ");
    await terminal.type("nosuch\r");
    expect(terminal.take()).toContain("ash: nosuch: not found\n");
    await terminal.type("sleep 50\r");
    await terminal.type("\u0003");
    terminal.take();
    await terminal.type("exit 3\r");
    await terminal.type("echo $?\r");
    expect(terminal.take()).toContain("\n3\nlearner:~$ ");
  });

  it("survives a fork bomb with the prompt alive", async () => {
    const terminal = await started();
    await terminal.type(":(){ :|:& };:\r");
    await terminal.advance(60_000);
    terminal.take();
    await terminal.type("echo alive\r");
    await terminal.advance(60_000);
    expect(terminal.take()).toContain("\nalive\n");
    expect(terminal.faults).toEqual([]);
  });
});
