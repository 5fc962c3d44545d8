import { describe, expect, it } from "vitest";
import { started } from "./testing/terminal.ts";

const PROMPT = "learner:~$ ";

describe("lines typed at bash", () => {
  it("are one line of history when they are one command, also when ^C abandons it", async () => {
    const terminal = await started();
    for (const line of ["for i in 1 2", "do echo $i", "done", "if true; then"]) await terminal.type(`${line}\r`);
    await terminal.type("\x03");
    terminal.take();
    await terminal.type("history\r");
    expect(terminal.take()).toBe(
      `history\n    1  for i in 1 2; do echo $i; done\n    2  if true; then\n    3  history\n${PROMPT}`,
    );
  });

  it("keep their exclamation marks in here-documents and single quotes", async () => {
    const terminal = await started();
    for (const line of ["cat <<E", "#!/bin/sh", "!! x", "E"]) await terminal.type(`${line}\r`);
    expect(terminal.take()).toBe(`cat <<E\n> #!/bin/sh\n> !! x\n> E\n#!/bin/sh\n!! x\n${PROMPT}`);
    await terminal.type("echo 'a\r");
    await terminal.type("!b'\r");
    expect(terminal.take()).toBe(`echo 'a\n> !b'\na\n!b\n${PROMPT}`);
    await terminal.type("echo [!a] !:0\r");
    expect(terminal.take()).toBe(`echo [!a] !:0\necho [!a] echo\n[!a] echo\n${PROMPT}`);
  });

  it("of one paste run one after the other, and each command has its own line of history", async () => {
    const terminal = await started();
    await terminal.type("\x1b[200~for i in 1\ndo echo $i\ndone\ncat\nhistory\n\x1b[201~");
    terminal.take();
    await terminal.type("\r");
    await terminal.type("typed\r");
    await terminal.type("\x04");
    expect(terminal.take()).toContain(
      `1\ntyped\ntyped\n    1  for i in 1; do echo $i; done\n    2  cat\n    3  history\n${PROMPT}`,
    );
  });

  it("are not remembered when HISTIGNORE names them", async () => {
    const terminal = await started();
    for (const line of ["HISTIGNORE='echo*:&:history 1'", "echo a", "true", "true"]) await terminal.type(`${line}\r`);
    terminal.take();
    await terminal.type("history 1\r");
    expect(terminal.take()).toBe(`history 1\n    2  true\n${PROMPT}`);
  });

  it("leave the status alone when an event is not found", async () => {
    const terminal = await started();
    await terminal.type("!nope\r");
    terminal.take();
    await terminal.type("echo $?\r");
    expect(terminal.take()).toBe(`echo $?\n0\n${PROMPT}`);
  });

  it("end the shell with ^D within a command, unless a here-document is what it ends", async () => {
    const terminal = await started();
    await terminal.type("cat <<E\r");
    await terminal.type("abc\r");
    terminal.take();
    await terminal.type("\x04");
    expect(terminal.take()).toMatch(/^\n.*warning: here-document.*\nabc\nlearner:~\$ $/);
    await terminal.type("for i in 1\r");
    terminal.take();
    await terminal.type("\x04");
    expect(terminal.take()).toBe("\nbash: syntax error: unexpected end of file\nexit\n");
    expect(terminal.isOver()).toBe(true);
  });
});

describe("variables of an interactive bash", () => {
  it("PS0 is shown before a command runs, and PROMPT_COMMAND may be an array", async () => {
    const terminal = await started();
    await terminal.type("PS0='[run]\\n' PROMPT_COMMAND=('echo 1' 'echo 2')\r");
    terminal.take();
    await terminal.type("echo a\r");
    expect(terminal.take()).toBe(`echo a\n[run]\na\n1\n2\n${PROMPT}`);
  });

  it("IGNOREEOF lets so many ^D pass", async () => {
    const terminal = await started();
    await terminal.type("IGNOREEOF=1\r");
    terminal.take();
    await terminal.type("\x04");
    expect(terminal.take()).toBe(`\nUse "exit" to leave the shell.\n${PROMPT}`);
    await terminal.type("\x04");
    expect(terminal.isOver()).toBe(true);
  });
});

describe("bind", () => {
  it("takes what start-up files tell readline", async () => {
    const terminal = await started();
    await terminal.type("bind 'set completion-ignore-case on' && bind '\"\\e[A\": history-search-backward'; echo $?\r");
    expect(terminal.take()).toMatch(/\n0\nlearner:~\$ $/);
    await terminal.type("bind -Z\r");
    expect(terminal.take()).toContain("bash: bind: -Z: invalid option\nbind: usage: bind [-lpsvPSVX]");
  });
});

describe("read -e", () => {
  it("edits a line that may begin with a text", async () => {
    const terminal = await started();
    await terminal.type("read -e -i name -p 'who? ' x; echo \"[$x]\"\r");
    terminal.take();
    await terminal.type("\x01my\r");
    expect(terminal.take()).toContain("[myname]\n");
  });
});

describe("a busybox shell", () => {
  it("remembers each line by itself", async () => {
    const terminal = await started({ shell: "ash" });
    for (const line of ["for i in 1", "do echo $i", "done", "history"]) await terminal.type(`${line}\r`);
    expect(terminal.take()).toContain("\n    1  for i in 1\n    2  do echo $i\n    3  done\n    4  history\n");
  });
});
