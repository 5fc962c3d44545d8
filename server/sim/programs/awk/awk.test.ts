import { describe, expect, it } from "vitest";
import { type ToolCase, toolBench } from "../testing/tool-bench.ts";
import { awk } from "./awk.ts";

const run = toolBench([awk], {
  sizes: "b 10 x\na 9 y\nc 10 a\na 9 z\n",
  fields: "one:two:three\nno delim\na::c\n",
  old: "a\nb\nc\nd\n",
  new: "a\nB\nc\ne\nf\n",
});

// Each result is what the program of Debian 12 prints in the C locale.
const cases: readonly ToolCase[] = [
  [
    "joins changed fields with OFS",
    ["awk", '{$2="X"; print; NF=1; print}', "OFS=-", "sizes"],
    { stdout: "b-X-x\nb\na-X-y\na\nc-X-a\nc\na-X-z\na\n" },
  ],
  ["sums by key", ["awk", '{s[$1]+=$2} END{print s["a"], s["b"], length(s)}', "sizes"], { stdout: "18 10 3\n" }],
  [
    "formats",
    ["awk", 'BEGIN{printf "%5.2f|%-4s|%03d|%c|%x\\n", 3.14159,"ab",7,65,255}'],
    { stdout: " 3.14|ab  |007|A|ff\n" },
  ],
  [
    "substitutes",
    ["awk", 'BEGIN{s="foo.bar"; n=gsub(/o/,"[&]",s); print n, s; print sub(/\\./,"\\\\&",s), s}'],
    { stdout: "2 f[o][o].bar\n1 f[o][o]&bar\n" },
  ],
  [
    "takes text apart",
    [
      "awk",
      'BEGIN{s="foobar"; print substr(s,2,3), index(s,"bar"), match(s,/b.r/), RSTART, RLENGTH; print split("a:b:c",p,":"), p[3]}',
    ],
    { stdout: "oob 4 4 4 3\n3 c\n" },
  ],
  [
    "runs ranges and next",
    ["awk", '/b/,/c/{print NR": "$0; next} {print "no"}', "old"],
    { stdout: "no\n2: b\n3: c\nno\n" },
  ],
  ["recurses", ["awk", "function f(n){return n<2?1:n*f(n-1)} BEGIN{print f(10)}"], { stdout: "3628800\n" }],
  [
    "computes and compares",
    ["awk", 'BEGIN{print 10%3, 2^10, 1e6, 0.1+0.2, "a"<"b", "10"<"9", 10<9, -3 " " !0, 1 " " 2+3}'],
    { stdout: "1 1024 1000000 0.3 1 1 0 -3 1 1 5\n" },
  ],
  ["compares fields as numbers", ["awk", "$2>9{print $1}", "sizes"], { stdout: "b\nc\n" }],
  ["exits through END", ["awk", 'BEGIN{exit 3} END{print "end"}'], { stdout: "end\n", code: 3 }],
  [
    "reads paragraphs",
    ["awk", 'BEGIN{RS=""}{print NR": "$1"-"$NF}'],
    { stdout: "1: a-c\n2: d-d\n" },
    "a b\nc\n\n\nd\n",
  ],
  [
    "reads with getline",
    ["awk", 'BEGIN{while((getline l < "old")>0) n++; print n; print (getline l < "nofile")}', "old"],
    { stdout: "4\n-1\n" },
  ],
  [
    "loops and deletes",
    ["awk", 'BEGIN{x["a"]; if ("a" in x) print "in"; delete x["a"]; print length(x); do i++; while (i<3); print i}'],
    { stdout: "in\n0\n3\n" },
  ],
  ["takes -F and -v", ["awk", "-F:", "-v", "n=2", "{print $n, NF}", "fields"], { stdout: "two 3\n 1\n 3\n" }],
  ["passes arrays by reference", ["awk", 'function fill(a){a[1]="x"} BEGIN{fill(b); print b[1]}'], { stdout: "x\n" }],
  ["has locals", ["awk", "function f(a, i){i=9; return a} BEGIN{i=1; f(2); print i}"], { stdout: "1\n" }],
  ["splits on every character", ["awk", 'BEGIN{n=split("abc",p,""); print n, p[2]}'], { stdout: "3 b\n" }],
  ["counts records of each file", ["awk", "FNR==1{print FILENAME, NR}", "old", "new"], { stdout: "old 1\nnew 5\n" }],
  ["keeps the last newline with another RS", ["awk", 'BEGIN{RS=";"}{print NR $0}'], { stdout: "1a\n2b\n\n" }, "a;b\n"],
  ["finds nothing right behind a match", ["awk", '{gsub(/l*/,"-")}1'], { stdout: "-h-e-o-\n" }, "hello\n"],
  ["skips the rest of a file", ["awk", "{print; nextfile}", "old", "new"], { stdout: "a\na\n" }],
];

describe("awk", () => {
  for (const [name, argv, expected, stdin] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await run(argv, stdin);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "", ...expected });
    });
  }
});
