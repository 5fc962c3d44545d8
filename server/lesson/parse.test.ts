import { describe, expect, it } from "vitest";
import { parseLesson } from "./parse.ts";

const HEADER = "---\ntitle: One\ntrack: tutorial\nminutes: 5\nsummary: A sentence.\n---\n";

function refusal(files: Readonly<Record<string, string>>): string {
  try {
    parseLesson("one", new Map(Object.entries(files)));
    return "accepted";
  } catch (error) {
    return String(error);
  }
}

describe("a lesson folder", () => {
  it("becomes steps of text, commands, output, hints and checks", () => {
    const text = `${HEADER}## First\nRead this.\n\`\`\`run 2\nkubectl get pods\n\`\`\`\n\`\`\`yaml\nkept: in the text\n\`\`\`\n## Second\n\`\`\`output\nok\n\`\`\`\n\`\`\`hints\n- look\n\`\`\`\n\`\`\`check\n- connects: {from: pod/a, to: pod/b, port: 80, outcome: open}\n\`\`\`\n`;
    const lesson = parseLesson(
      "one",
      new Map([
        ["lesson.md", text],
        ["solution.sh", "true\n"],
        ["wrong/x.sh", "false\n"],
      ]),
    );
    expect(lesson.steps.map((step) => [step.title, step.blocks.map((block) => block.kind)])).toEqual([
      ["First", ["text", "run", "text"]],
      ["Second", ["output", "hints", "check"]],
    ]);
    expect(lesson.steps[0]?.blocks[1]).toEqual({ kind: "run", commands: "kubectl get pods", terminal: 2 });
    expect(lesson.wrong.map((script) => script.name)).toEqual(["x"]);
    const check = lesson.steps[1]?.blocks[2];
    expect(check?.kind === "check" && check.check.parts[0]?.label).toBe(
      "Pod default/a reaches pod default/b on TCP 80",
    );
  });

  it.each([
    ["without lesson.md", {}, "LessonError: one: lesson.md is missing"],
    [
      "without front matter",
      { "lesson.md": "## A\n" },
      "LessonError: one/lesson.md:1: must begin with front matter between two lines ---",
    ],
    [
      "without a title",
      { "lesson.md": "---\ntrack: t\n---\n## A\n" },
      'LessonError: one/lesson.md:2: "minutes" must be a number above 0',
    ],
    [
      "with an open fence",
      { "lesson.md": `${HEADER}## A\n\`\`\`run\nls\n` },
      "LessonError: one/lesson.md:8: this block is never closed",
    ],
    [
      "with text before the first step",
      { "lesson.md": `${HEADER}Hello\n## A\n` },
      'LessonError: one/lesson.md:8: text before the first "## " heading',
    ],
    [
      "with an unknown check",
      { "lesson.md": `${HEADER}## A\n\`\`\`check\n- magic: {}\n\`\`\`\n` },
      'LessonError: one/lesson.md:8: there is no check "magic"; there are: connects, logged, matches, template-label',
    ],
    [
      "with an unknown scenario key",
      { "lesson.md": `${HEADER}## A\nx\n`, "scenario.yaml": "evn: lab\n" },
      'LessonError: one/scenario.yaml: Unrecognized key: "evn"',
    ],
    [
      "with broken YAML",
      { "lesson.md": `${HEADER}## A\nx\n`, "scenario.yaml": "files: [\n" },
      "LessonError: one/scenario.yaml:2: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
  ] as const)("%s is refused in one line that names the place", (_, files, message) => {
    expect(refusal(files)).toBe(message);
  });
});
