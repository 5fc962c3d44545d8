import type { Lesson } from "../lesson/types.ts";
import type { LessonLibrary } from "./services.ts";

/** An empty cluster without a task. It is opened like a lesson, and listed nowhere. */
const sandbox: Lesson = {
  id: "sandbox",
  title: "Free sandbox",
  track: "sandbox",
  minutes: 0,
  summary: "An empty cluster of three nodes. Break it; undo brings it back.",
  stepCount: 1,
  scenario: {},
  steps: [
    {
      title: "An empty cluster",
      blocks: [
        {
          kind: "text",
          markdown:
            "Three nodes, no pods of yours, nothing to solve. Apply what you like; the map shows who reaches whom.\n\nFor a start, two pods and a Service:",
        },
        {
          kind: "run",
          terminal: 1,
          commands:
            "kubectl create deployment web --image=nginx --port=80\nkubectl expose deployment web --port=80\nkubectl run client --image=busybox:1.36 -- sleep infinity",
        },
        { kind: "text", markdown: "Ask one from the other:" },
        { kind: "run", terminal: 1, commands: "kubectl exec client -- wget -qO- -T 2 http://web" },
        { kind: "text", markdown: "**Undo** takes back the last command, **Start again** all of them." },
      ],
    },
  ],
  solution: null,
  accepted: [],
  wrong: [],
};

export function withSandbox(library: LessonLibrary): LessonLibrary {
  return {
    list: () => library.list(),
    get: (id) => (id === sandbox.id ? sandbox : library.get(id)),
    trackTitle: (track) => (track === sandbox.track ? "Sandbox" : library.trackTitle(track)),
  };
}
