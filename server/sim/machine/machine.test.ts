import { describe, expect, it } from "vitest";
import { Errno } from "./errno.ts";
import { createPipe } from "./pipe.ts";
import { createTestMachine, LEARNER, ROOT, TEST_START_MS } from "./testing/machine.ts";
import type { Process, Program } from "./types.ts";

const echo: Program = {
  name: "echo",
  async run(process) {
    await process.stdout.write(`${process.argv.slice(1).join(" ")}\n`);
    return 0;
  },
};
const cat: Program = {
  name: "cat",
  async run(process) {
    for (;;) {
      const bytes = await process.stdin.read();
      if (bytes.length === 0) return 0;
      await process.stdout.write(bytes);
    }
  },
};
const yes: Program = {
  name: "yes",
  async run(process) {
    for (;;) await process.stdout.write("y\n");
  },
};

describe("processes", () => {
  it("run programs found in PATH and give their status", async () => {
    const { run } = createTestMachine({ programs: [echo] });
    const result = await run(async (process) => {
      const path = process.findExecutable("echo") ?? "";
      const status = await process.spawn(path, ["echo", "hello", path]).exit;
      return status.kind === "exited" ? status.code : 99;
    });
    expect(result).toEqual({ code: 0, stdout: "hello /usr/bin/echo\n", stderr: "" });
  });

  it("run scripts by their #! line and refuse texts without one", async () => {
    const { run, fs } = createTestMachine({ programs: [echo] });
    fs.writeFile("/tmp/script", "#!/usr/bin/echo -x y\nignored\n", { mode: 0o755 });
    fs.writeFile("/tmp/text", "echo hi\n", { mode: 0o755 });
    fs.writeFile("/tmp/plain", "echo hi\n", { mode: 0o644 });
    fs.writeFile("/tmp/lost", "#!/nowhere/sh\n", { mode: 0o755 });
    const result = await run(async (process) => {
      await process.spawn("/tmp/script", ["script", "a"]).exit;
      for (const path of ["/tmp/text", "/tmp/plain", "/tmp/none", "/tmp/lost"]) {
        try {
          process.spawn(path, [path]);
        } catch (error) {
          if (error instanceof Errno) await process.stdout.write(`${error.code} ${error.path}\n`);
        }
      }
      return 0;
    });
    expect(result.stdout).toBe(
      "-x y /tmp/script a\nENOEXEC /tmp/text\nEACCES /tmp/plain\nENOENT /tmp/none\nENOENT /nowhere/sh\n",
    );
  });

  it("die of SIGPIPE when their reader has gone", async () => {
    const { run } = createTestMachine({ programs: [yes] });
    const result = await run(async (process) => {
      const { reader, writer } = createPipe();
      const child = process.spawn("/usr/bin/yes", ["yes"], { fds: new Map([[1, writer]]) });
      writer.release();
      await reader.read(10, process.interruption);
      reader.release();
      const status = await child.exit;
      return status.kind === "signaled" && status.signal === "SIGPIPE" ? 0 : 1;
    });
    expect(result.code).toBe(0);
  });

  it("pass bytes through a pipeline and end at its end of file", async () => {
    const { run } = createTestMachine({ programs: [echo, cat] });
    const result = await run(async (process) => {
      const { reader, writer } = createPipe();
      const first = process.spawn("/usr/bin/echo", ["echo", "through"], { fds: new Map([[1, writer]]) });
      const second = process.spawn("/usr/bin/cat", ["cat"], { fds: new Map([[0, reader]]) });
      writer.release();
      reader.release();
      await Promise.all([first.exit, second.exit]);
      return 0;
    });
    expect(result.stdout).toBe("through\n");
  });

  it("end at a fatal signal at once, whatever they wait for, and run their finally blocks", async () => {
    const { run, clock } = createTestMachine();
    const seen: string[] = [];
    const result = await run(async (process) => {
      const child = process.fork(["sleeper"], async (self) => {
        try {
          await self.sleep(1_000_000);
        } finally {
          seen.push("finally");
        }
        return 0;
      });
      await process.sleep(1000);
      process.kill(child.pid, "SIGTERM");
      const status = await child.exit;
      seen.push(status.kind === "signaled" ? status.signal : "exited");
      await process.sleep(0);
      return 0;
    });
    expect(result.code).toBe(0);
    expect(seen.sort()).toEqual(["SIGTERM", "finally"]);
    expect(clock.now() - TEST_START_MS).toBe(1000);
  });

  it("handle, ignore and restore signals", async () => {
    const { run } = createTestMachine();
    const heard: string[] = [];
    const result = await run(async (process) => {
      const child = process.fork(["handler"], async (self) => {
        self.onSignal("SIGTERM", () => heard.push("TERM"));
        self.onSignal("SIGINT", "ignore");
        await self.sleep(10_000);
        return 3;
      });
      await process.sleep(10);
      process.kill(child.pid, "SIGTERM");
      process.kill(child.pid, "SIGINT");
      const status = await child.exit;
      return status.kind === "exited" ? status.code : 99;
    });
    expect([result.code, heard]).toEqual([3, ["TERM"]]);
  });

  it("wait while they are stopped and go on with SIGCONT", async () => {
    const { run, clock } = createTestMachine();
    const startMs = clock.now();
    let wokenAt = 0;
    await run(async (process) => {
      const work = async (self: Process): Promise<number> => {
        await self.sleep(1000);
        wokenAt = clock.now() - startMs;
        return 0;
      };
      // A job of its own: a group that nobody outside it could continue is not stopped.
      const child = process.fork(["worker"], work, { processGroup: 0 });
      const changes: boolean[] = [];
      child.onStopChange((isStopped) => changes.push(isStopped));
      await process.sleep(500);
      process.kill(child.pid, "SIGTSTP");
      expect(child.isStopped).toBe(true);
      await process.sleep(5000);
      expect(child.status).toBeNull();
      process.kill(child.pid, "SIGCONT");
      await child.exit;
      expect(changes).toEqual([true, false]);
      return 0;
    });
    expect(wokenAt).toBe(5500);
  });

  it("are not stopped from a terminal when nobody in their session could continue them", async () => {
    const { run } = createTestMachine();
    const tries: boolean[] = [];
    await run(async (process) => {
      const leader = process.fork(["leader"], (self) => self.sleep(100).then(() => 0), {
        session: { tty: null },
      });
      for (const signal of ["SIGTSTP", "SIGTTIN", "SIGSTOP"] as const) {
        process.kill(leader.pid, signal);
        tries.push(leader.isStopped);
      }
      process.kill(leader.pid, "SIGKILL");
      await leader.exit;
      return 0;
    });
    expect(tries).toEqual([false, false, true]);
  });

  it("signal whole groups, and not those of other users", async () => {
    const { run } = createTestMachine();
    const result = await run(async (process) => {
      const nap = async (self: Process): Promise<number> => {
        await self.sleep(60_000);
        return 0;
      };
      const leader = process.fork(["a"], nap, { processGroup: 0 });
      const member = process.fork(["b"], nap, { processGroup: leader.pid });
      const stranger = process.fork(["c"], nap, { credentials: LEARNER });
      const asLearner = process.fork(
        ["d"],
        async (self) => {
          try {
            self.kill(leader.pid, "SIGTERM");
          } catch (error) {
            return error instanceof Errno && error.code === "EPERM" ? 0 : 1;
          }
          return 2;
        },
        { credentials: LEARNER },
      );
      const denied = await asLearner.exit;
      process.kill(-leader.pid, "SIGKILL");
      await Promise.all([leader.exit, member.exit]);
      expect(stranger.status).toBeNull();
      process.kill(stranger.pid, "SIGKILL");
      return denied.kind === "exited" ? denied.code : 9;
    });
    expect(result.code).toBe(0);
  });

  it("that are the first of a container outlive SIGTERM from within and without, but not SIGKILL", async () => {
    const { machine, run, clock } = createTestMachine({ firstPid: 1 });
    const ended = run(async (process) => {
      process.fork(["child"], async (self) => {
        await self.sleep(1e9);
        return 0;
      });
      await process.sleep(1e9);
      return 0;
    });
    await clock.sleep(10);
    machine.kill(1, "SIGTERM");
    await clock.sleep(10);
    expect(machine.processes.size).toBe(2);
    machine.kill(1, "SIGKILL");
    expect((await ended).code).toBe(137);
    expect(machine.processes.size).toBe(0);
  });

  it("may leave calls unawaited when they end", async () => {
    const { run } = createTestMachine({ programs: [yes] });
    const result = await run(async (process) => {
      void process.sleep(1e9);
      void process.stdin.read();
      const { reader, writer } = createPipe();
      reader.release();
      process.onSignal("SIGPIPE", "ignore");
      process.fds.set(5, writer);
      void process.writeTo(writer, new Uint8Array(1));
      await process.sleep(1);
      return 4;
    });
    expect(result.code).toBe(4);
  });

  it("report a bug of the simulator and end with 70", async () => {
    const { run, faults } = createTestMachine();
    const result = await run(async () => {
      throw new TypeError("bug");
    });
    expect(result.code).toBe(70);
    expect(faults).toHaveLength(1);
  });

  it("cannot be more than the limit, so that a fork bomb stays harmless", async () => {
    const { run, machine } = createTestMachine({ limits: { maxProcesses: 50 } });
    const bomb = async (self: Process): Promise<number> => {
      for (;;) {
        try {
          self.fork(["bomb"], bomb);
        } catch (error) {
          if (!(error instanceof Errno) || error.code !== "EAGAIN") throw error;
        }
        await self.sleep(1000);
      }
    };
    const result = await run(async (process) => {
      process.fork(["bomb"], bomb, { processGroup: 0 });
      await process.sleep(10_000);
      const count = machine.processes.size;
      for (const other of [...machine.processes.values()])
        if (other.name === "bomb") process.kill(other.pid, "SIGKILL");
      return count;
    });
    expect(result.code).toBe(50);
  });

  it("cost little: 20000 spawns within a second", async () => {
    const { run } = createTestMachine({ programs: [{ name: "true", run: async () => 0 }] });
    const before = performance.now();
    await run(async (process) => {
      for (let i = 0; i < 20_000; i++) await process.spawn("/usr/bin/true", ["true"]).exit;
      return 0;
    });
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("/proc and /dev", () => {
  it("show a process to itself", async () => {
    const { run, fs } = createTestMachine();
    const result = await run(
      async (process) => {
        await process.stdout.write(fs.readText(process.resolve("/proc/self/cmdline")).replaceAll("\0", "|"));
        await process.stdout.write(` ${/^Name:\t(.*)$/m.exec(fs.readText(`/proc/${process.pid}/status`))?.[1]}\n`);
        const out = fs.open(process.resolve("/dev/stdout"), "w");
        await out.write(new TextEncoder().encode("reopened\n"));
        out.release();
        return 0;
      },
      { argv: ["/bin/prog", "x"] },
    );
    expect(result.stdout).toBe("/bin/prog|x| prog\nreopened\n");
  });

  it("hold the devices", async () => {
    const { fs, run } = createTestMachine();
    expect(fs.readdir("/")).toEqual(["dev", "proc", "root", "sys", "tmp", "usr"]);
    await run(async (process) => {
      const zero = fs.open("/dev/zero", "r");
      expect(await zero.read(3)).toEqual(new Uint8Array(3));
      const random = fs.open("/dev/urandom", "r");
      expect((await random.read(8)).some((byte) => byte !== 0)).toBe(true);
      await expect(fs.open("/dev/full", "w").write(new Uint8Array(1))).rejects.toThrow("No space left on device");
      fs.writeFile("/dev/null", "gone");
      expect(fs.readText("/dev/null")).toBe("");
      expect(process.credentials).toEqual(ROOT);
      return 0;
    });
    expect(fs.readText("/proc/meminfo")).toMatch(/^MemTotal: +4194304 kB\n/);
    expect(fs.readText("/proc/sys/net/ipv4/ip_forward")).toBe("1\n");
    fs.writeFile("/proc/sys/net/ipv4/ip_forward", "0\n");
    expect(fs.readText("/proc/sys/net/ipv4/ip_forward")).toBe("0\n");
    expect(fs.readText("/sys/class/net/eth0/mtu")).toBe("1450\n");
  });
});
