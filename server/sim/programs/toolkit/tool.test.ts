import { describe, expect, it } from "vitest";
import { createBed } from "../testing/pod-bed.ts";

describe("GNU programs", () => {
  it.each([
    ["quote in upright marks without a language", "cut -f a", "cut: invalid field value 'a'\n"],
    ["quote in directed marks in a UTF-8 locale", "LC_ALL=C.UTF-8 cut -f a", "cut: invalid field value ‘a’\n"],
    ["take LANG for the locale last", "LC_ALL=C LANG=C.UTF-8 id nosuch", "id: 'nosuch': no such user\n"],
    ["quote as find does", "LANG=en_US.utf8 find nofile", "find: ‘nofile’: No such file or directory\n"],
    [
      "say which shell words they take apart from their language",
      "LANG=C.UTF-8 rm nofile",
      "rm: cannot remove 'nofile': No such file or directory\n",
    ],
  ])("%s", async (_, command, message) => {
    const { stderr } = await createBed().pod("debian:12", "10.244.1.5", null).exec(command);
    expect(stderr.split("Try ")[0]).toBe(message);
  });

  it("tell their version, and busybox does not", async () => {
    const bed = createBed();
    const debian = bed.pod("debian:12", "10.244.1.5", null);
    expect(
      (await debian.exec("grep --version | head -1; ls --version | head -1; sed --version | tail -2")).stdout,
    ).toBe(
      "grep (GNU grep) 3.8\nls (GNU coreutils) 9.1\nWritten by Jay Fenlason, Tom Lord, Ken Pizzini,\nPaolo Bonzini, Jim Meyering, and Assaf Gordon.\n",
    );
    const busybox = bed.pod("busybox:1.36", "10.244.1.6", null);
    expect((await busybox.exec("cut --version")).stderr).toMatch(/^cut: unrecognized option '--version'\n/);
  });

  it("show the head of their help", async () => {
    const { stdout } = await createBed().pod("debian:12", "10.244.1.5", null).exec("paste --help");
    expect(stdout).toMatch(/^Usage: paste \[OPTION\]\.\.\. \[FILE\]\.\.\.\n/);
  });
});

describe("tail", () => {
  it("follows a name through files that come and are replaced, as long as a process lives", async () => {
    const pod = createBed().pod("debian:12", "10.244.1.5", null);
    const { stdout, stderr } = await pod.exec(
      "(sleep 1; echo one > f; sleep 1; echo two > g; mv g f; sleep 1; echo three >> f; sleep 1) & tail -F --pid=$! f",
    );
    expect(stdout).toBe("one\ntwo\nthree\n");
    expect(stderr).toBe(
      "tail: cannot open 'f' for reading: No such file or directory\n" +
        "tail: 'f' has appeared;  following new file\ntail: 'f' has been replaced;  following new file\n",
    );
  });
});
