import { describe, expect, it } from "vitest";
import { started } from "./testing/terminal.ts";

const PROMPT = "learner:~$ ";

describe("job control at a terminal", () => {
  it("gives what is typed to the shell while the reader before it is stopped, and to the reader after fg", async () => {
    const terminal = await started();
    await terminal.type("cat\r");
    await terminal.type("one\r");
    await terminal.type("\x1a");
    terminal.take();
    await terminal.type("echo two\r");
    expect(terminal.take()).toBe(`echo two\ntwo\n${PROMPT}`);
    await terminal.type("fg\r");
    await terminal.type("three\r");
    expect(terminal.take()).toBe("fg\ncat\nthree\nthree\n");
    await terminal.type("\x04");
    expect(terminal.take()).toBe(PROMPT);
  });

  it("ends all loops around a command that ^Z stops, and goes on behind them", async () => {
    const terminal = await started();
    await terminal.type("for i in 1 2; do while sleep 50; do echo $i; done; done; echo end $?\r");
    terminal.take();
    await terminal.type("\x1a");
    expect(terminal.take()).toBe(`^Z\n[1]+  Stopped                 sleep 50\nend 0\n${PROMPT}`);
    await terminal.type("jobs\r");
    expect(terminal.take()).toBe(`jobs\n[1]+  Stopped                 sleep 50\n${PROMPT}`);
  });

  it("keeps PIPESTATUS and the times of what ^C ends", async () => {
    const terminal = await started();
    await terminal.type("sleep 50 | cat\r");
    await terminal.type("\x03");
    terminal.take();
    await terminal.type("echo ${PIPESTATUS[@]}\r");
    expect(terminal.take()).toBe(`echo \${PIPESTATUS[@]}\n130 130\n${PROMPT}`);
    await terminal.type("time sleep 50\r");
    terminal.take();
    await terminal.type("\x03");
    expect(terminal.take()).toMatch(/^\^C\n\nreal\t0m0\.\d{3}s\nuser/);
  });

  it("prints a compound job on one line, and the state of each process of a pipeline", async () => {
    const terminal = await started();
    await terminal.type("(sleep 50; { sleep 1; sleep 2; }) &\r");
    terminal.take();
    await terminal.type("jobs\r");
    expect(terminal.take()).toBe(
      `jobs\n[1]+  Running                 ( sleep 50; { sleep 1; sleep 2; } ) &\n${PROMPT}`,
    );
    await terminal.type("sleep 0 | sleep 60\r");
    await terminal.type("\x1a");
    terminal.take();
    await terminal.type("jobs -l %2\r");
    expect(terminal.take().replace(/ +\d{3,}/g, " PID")).toBe(
      `jobs -l %2\n[2]+ PID Done                    sleep 0\n PID Stopped                 | sleep 60\n${PROMPT}`,
    );
  });

  it("runs the EXIT trap of a script that ^C ends, after the trap of the signal", async () => {
    const terminal = await started();
    await terminal.type("bash -c 'trap \"echo clean\" EXIT; sleep 50; echo after'\r");
    terminal.take();
    await terminal.type("\x03");
    expect(terminal.take()).toBe(`^Cclean\n\n${PROMPT}`);
    await terminal.type('bash -c \'trap "echo i; exit 4" INT; trap "echo e" EXIT; sleep 50\'\r');
    terminal.take();
    await terminal.type("\x03");
    expect(terminal.take()).toBe(`^Ci\ne\n${PROMPT}`);
  });
});
