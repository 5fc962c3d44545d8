/** `netpol-lab lesson`: authors' tools. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gradeCheck, checksOf } from "../lesson/grade.ts";
import type { CheckResult, Lesson, LessonScript } from "../lesson/types.ts";
import { loadLessons } from "../session/lesson-library.ts";
import { type BootImage, bootWorld, createBootImage } from "../sim/world.ts";
import type { HostEnvironment } from "../sim/world-types.ts";
import { defaultLessonFolder } from "./installation.ts";
import { CommandError } from "./host-files.ts";
import { commandHost } from "./open-world.ts";
import type { CommandStreams } from "./run.ts";

export interface Finding {
  /** `untouched`, `solution`, `accepted/NAME`, `wrong/NAME`. */
  readonly script: string;
  readonly isAsExpected: boolean;
  readonly detail: string;
}

/** Replays a lesson: untouched fails, the solution and accepted answers pass, wrong ones fail and name a flow. */
export async function checkLesson(lesson: Lesson, host: HostEnvironment): Promise<readonly Finding[]> {
  if (checksOf(lesson).length === 0) return [];
  const image = await createBootImage(lesson.scenario, host, "virtual");
  const findings: Finding[] = [];
  findings.push(await expectation("untouched", image, lesson, null, false, host));
  if (lesson.solution) findings.push(await expectation("solution", image, lesson, lesson.solution, true, host));
  else findings.push({ script: "solution", isAsExpected: false, detail: "solution.sh is missing" });
  for (const script of lesson.accepted)
    findings.push(await expectation(`accepted/${script.name}`, image, lesson, script, true, host));
  for (const script of lesson.wrong)
    findings.push(await expectation(`wrong/${script.name}`, image, lesson, script, false, host));
  return findings;
}

async function expectation(
  name: string,
  image: BootImage,
  lesson: Lesson,
  script: LessonScript | null,
  shouldPass: boolean,
  host: HostEnvironment,
): Promise<Finding> {
  const world = bootWorld({ image, host, clock: "virtual" });
  try {
    if (script) {
      const result = await world.runCommand(script.script);
      if (result.exitCode !== 0) {
        return { script: name, isAsExpected: false, detail: `exited with ${result.exitCode}: ${result.stderr.trim()}` };
      }
      await world.settle();
    }
    const results: CheckResult[] = [];
    for (const check of checksOf(lesson)) results.push(await gradeCheck(check, world));
    const failures = results.flatMap((result) => result.parts.filter((part) => !part.passed));
    const reasons = failures.flatMap((part) => part.reasons).join(" ");
    if (shouldPass)
      return {
        script: name,
        isAsExpected: failures.length === 0,
        detail: failures.length === 0 ? "passes" : `should pass: ${reasons}`,
      };
    if (failures.length === 0) return { script: name, isAsExpected: false, detail: "should fail, but passes" };
    const namesFlow =
      !script ||
      failures.some((part) => part.wrongFlows.length > 0 || !part.reasons.some((reason) => reason.includes(" to ")));
    return { script: name, isAsExpected: namesFlow, detail: reasons };
  } finally {
    world.stop();
  }
}

export async function checkLessons(
  ids: readonly string[],
  folder: string | undefined,
  streams: CommandStreams,
): Promise<number> {
  const library = loadLessons(folder ?? defaultLessonFolder());
  const known = library.list().map((summary) => summary.id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new CommandError(`there is no lesson "${unknown}"; there are: ${known.join(", ")}`);
  let status = 0;
  for (const id of ids.length > 0 ? ids : known) {
    const lesson = library.get(id);
    if (!lesson) continue;
    for (const { script, isAsExpected, detail } of await checkLesson(lesson, commandHost(streams.writeError))) {
      streams.write(`${isAsExpected ? "ok  " : "FAIL"} ${id} ${script}: ${detail}\n`);
      if (!isAsExpected) status = 1;
    }
  }
  return status;
}

const TEMPLATE = (id: string): string => `---
id: ${id}
title: A new lesson
track: tutorial
minutes: 10
summary: One sentence that says what happens here.
---
## The first step

Say what the learner sees, and let them run it:

\`\`\`run
kubectl get pods
\`\`\`

## Your turn

\`\`\`check
- connects:
    from: pod/client
    to: pod/server
    port: 80
    outcome: closed
\`\`\`

\`\`\`hints
- A first nudge, without the answer.
\`\`\`
`;

const SCENARIO = `manifests:
  - |
    apiVersion: v1
    kind: Pod
    metadata: {name: client, labels: {app: client}}
    spec: {containers: [{name: shell, image: busybox:1.36, command: [sleep, infinity]}]}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: server, labels: {app: server}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
`;

const SOLUTION = `kubectl apply -f - <<'EOF'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchLabels: {app: server}}}
EOF
`;

export function newLesson(id: string, folder: string | undefined, streams: CommandStreams): number {
  if (!/^[A-Za-z0-9][\w-]*$/.test(id))
    throw new CommandError(`"${id}" is no name for a lesson: letters, digits and hyphens`);
  const path = join(folder ?? defaultLessonFolder(), id);
  if (existsSync(path)) throw new CommandError(`${path} exists already`);
  mkdirSync(join(path, "wrong"), { recursive: true });
  writeFileSync(join(path, "lesson.md"), TEMPLATE(id));
  writeFileSync(join(path, "scenario.yaml"), SCENARIO);
  writeFileSync(join(path, "solution.sh"), SOLUTION);
  writeFileSync(join(path, "wrong", "nothing.sh"), "# Replace this by a wrong answer that learners give.\ntrue\n");
  streams.write(`${path}\n`);
  return 0;
}
