import { describe, expect, it } from "vitest";
import { started } from "./testing/terminal.ts";

const FILES = {
  "/home/learner/dir/inner": "",
  "/home/learner/.hidden": "",
  "/home/learner/eq=1": "",
  "/home/learner/new#x": "",
  "/home/learner/co:lon": "",
  "/home/learner/my file": "",
};

/** What stands behind the prompt after the keys; recorded with bash 5.2.15 and the same files. */
async function completed(keys: string, before?: string): Promise<string> {
  const terminal = await started({ files: FILES });
  if (before) await terminal.type(`${before}\r`);
  terminal.take();
  await terminal.type(keys);
  return terminal.take().replaceAll("\u0007", "");
}

describe("Tab", () => {
  it.each([
    ["X=dir/i\t", "X=dir/inner "],
    ["foo --file=dir/i\t", "foo --file=dir/inner "],
    ["echo a:dir/i\t", "echo a:dir/inner "],
    ["cat eq\t", "cat eq\\=1 "],
    ["cat new\t", "cat new#x "],
    ["cat co\t", "cat co\\:lon "],
    ["cat my\t", "cat my\\ file "],
    ["echo $HOM\t", "echo $HOME/"],
    ["echo ${HOM\t", "echo ${HOME}/"],
    ["ls ~/di\t", "ls ~/dir/"],
  ])("%j", async (keys, shown) => {
    expect(await completed(keys)).toBe(shown);
  });

  it("looks into the directory that a variable names, and leaves the variable", async () => {
    expect(await completed("ls $d/\t", "d=dir")).toBe("ls $d/inner ");
  });

  it("lists hidden files as well", async () => {
    expect(await completed("cat \t\t")).toContain(".bashrc  .hidden  ");
  });
});
