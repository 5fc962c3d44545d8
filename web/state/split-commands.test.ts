import { describe, expect, test } from "vitest";
import { splitCommands } from "./split-commands.ts";

describe("the commands of a block", () => {
  test("are one a line", () => {
    expect(splitCommands("kubectl get pods\n\nkubectl get netpol\n")).toEqual([
      "kubectl get pods",
      "kubectl get netpol",
    ]);
  });

  test.each([
    ["a here-document", "cat <<EOF > a.yaml\nkind: Pod\nEOF"],
    ["a quoted here-document", "kubectl apply -f - <<'END'\na: b\nEND"],
    ["a continued line", "kubectl run a \\\n  --image=busybox"],
    ["an open quote", "sh -c 'echo a\necho b'"],
    ["a loop", "for i in 1 2; do\n  echo $i\ndone"],
    ["a subshell", "(\ncd x\n)"],
  ])("%s stays together", (_name, source) => {
    expect(splitCommands(`${source}\necho after`)).toEqual([source, "echo after"]);
  });
});
