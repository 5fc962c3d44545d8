/**
 * Turns the texts of a lesson folder into a `Lesson`. Pure: who reads the folder
 * from a disk is somebody else's matter (`session/lesson-library.ts`).
 * The format is described in `lessons/README.md`.
 */
import { checkKinds } from "./checks/index.ts";
import { parseScenario } from "./scenario.ts";
import type { CheckContext, CheckPart, Lesson, LessonBlock, LessonScript, LessonStep } from "./types.ts";
import { LessonError } from "./types.ts";
import { isRecord, parseYaml } from "./yaml.ts";

/** The folder's files: relative path → text. */
export type LessonFiles = ReadonlyMap<string, string>;

const FRONT_MATTER = /^---\n([\s\S]*?)\n---\n/;

/** Throws `LessonError` that names the file and the line. */
export function parseLesson(id: string, files: LessonFiles): Lesson {
  const text = files.get("lesson.md");
  if (text === undefined) throw new LessonError(`${id}: lesson.md is missing`);
  const frontMatter = FRONT_MATTER.exec(text);
  if (!frontMatter) throw new LessonError(`${id}/lesson.md:1: must begin with front matter between two lines ---`);
  const header = parseHeader(id, frontMatter[1] ?? "");
  const context = checkContext(id, files);
  const bodyLine = frontMatter[0].split("\n").length;
  const steps = parseSteps(id, text.slice(frontMatter[0].length), bodyLine, context);
  return {
    ...header,
    id,
    stepCount: steps.length,
    steps,
    scenario: parseScenario(files.get("scenario.yaml") ?? "", { origin: `${id}/scenario.yaml`, files }),
    solution: scriptsIn(files, "")[0] ?? null,
    accepted: scriptsIn(files, "accepted/"),
    wrong: scriptsIn(files, "wrong/"),
  };
}

function checkContext(id: string, files: LessonFiles): CheckContext {
  return {
    file(path) {
      const text = files.get(path);
      if (text === undefined)
        throw new LessonError(`${id}/lesson.md: the check names ${path}, which is not in the folder`);
      return text;
    },
  };
}

interface Header {
  readonly title: string;
  readonly track: string;
  readonly minutes: number;
  readonly summary: string;
}

function parseHeader(id: string, text: string): Header {
  const raw = parseYaml(text, `${id}/lesson.md`, 2);
  if (!isRecord(raw)) throw new LessonError(`${id}/lesson.md:2: the front matter must be a map`);
  const line = (key: string): string => {
    const value = raw[key];
    if (typeof value !== "string" || value === "")
      throw new LessonError(`${id}/lesson.md:2: the front matter needs "${key}"`);
    return value;
  };
  const minutes = raw["minutes"];
  if (typeof minutes !== "number" || minutes <= 0) {
    throw new LessonError(`${id}/lesson.md:2: "minutes" must be a number above 0`);
  }
  if (raw["id"] !== undefined && raw["id"] !== id) {
    throw new LessonError(`${id}/lesson.md:2: "id" is ${String(raw["id"])}, the folder is named ${id}`);
  }
  return { title: line("title"), track: line("track"), summary: line("summary"), minutes };
}

interface StepDraft {
  readonly title: string;
  readonly blocks: LessonBlock[];
}

function parseSteps(id: string, body: string, firstLine: number, context: CheckContext): readonly LessonStep[] {
  const steps: StepDraft[] = [];
  let text: string[] = [];
  let checkCount = 0;
  const lines = body.split("\n");
  const current = (line: number): StepDraft => {
    const step = steps.at(-1);
    if (!step) throw new LessonError(`${id}/lesson.md:${line}: text before the first "## " heading`);
    return step;
  };
  const flushText = (line: number): void => {
    const markdown = text.join("\n").trim();
    text = [];
    if (markdown !== "") current(line).blocks.push({ kind: "text", markdown });
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const place = firstLine + index;
    const heading = /^## +(.+?)\s*$/.exec(line);
    if (heading) {
      flushText(place);
      steps.push({ title: heading[1] ?? "", blocks: [] });
      continue;
    }
    const fence = /^(`{3,})(\S*) *(.*)$/.exec(line);
    if (!fence) {
      text.push(line);
      continue;
    }
    const end = lines.findIndex((candidate, at) => at > index && candidate.trimEnd() === fence[1]);
    if (end === -1) throw new LessonError(`${id}/lesson.md:${place}: this block is never closed`);
    const content = lines.slice(index + 1, end).join("\n");
    const where = { file: `${id}/lesson.md`, line: place };
    const block = parseBlock(fence[2] ?? "", fence[3] ?? "", content, where, context, checkCount);
    if (block) {
      flushText(place);
      current(place).blocks.push(block);
      if (block.kind === "check") checkCount++;
    } else {
      text.push(...lines.slice(index, end + 1));
    }
    index = end;
  }
  flushText(firstLine + lines.length);
  if (steps.length === 0) throw new LessonError(`${id}/lesson.md: has no "## " heading, so no step`);
  return steps;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

/** Undefined for fences of plain Markdown, which stay in the text. */
function parseBlock(
  name: string,
  argument: string,
  content: string,
  place: Place,
  context: CheckContext,
  checkId: number,
): LessonBlock | undefined {
  switch (name) {
    case "run":
      return { kind: "run", commands: content, terminal: parseTerminal(argument, place) };
    case "output":
      return { kind: "output", text: content };
    case "hints":
      return { kind: "hints", hints: parseHints(content, place) };
    case "check":
      return { kind: "check", check: { id: checkId, parts: parseCheck(content, place, context) } };
    default:
      return undefined;
  }
}

function parseTerminal(argument: string, place: Place): number {
  if (argument === "") return 1;
  const terminal = Number(argument);
  if (!Number.isInteger(terminal) || terminal < 1 || terminal > 4) {
    throw new LessonError(`${place.file}:${place.line}: a run block's terminal must be 1 to 4, not "${argument}"`);
  }
  return terminal;
}

function parseHints(content: string, place: Place): readonly string[] {
  const raw = parseYaml(content, place.file, place.line + 1);
  if (!Array.isArray(raw) || raw.length === 0 || raw.some((hint) => typeof hint !== "string")) {
    throw new LessonError(`${place.file}:${place.line}: hints must be a list of texts`);
  }
  return raw as string[];
}

function parseCheck(content: string, place: Place, context: CheckContext): readonly CheckPart[] {
  const raw = parseYaml(content, place.file, place.line + 1);
  if (!Array.isArray(raw) || raw.length === 0) {
    throw new LessonError(`${place.file}:${place.line}: a check must be a list with at least one entry`);
  }
  return raw.map((entry: unknown) => parsePart(entry, place, context));
}

function parsePart(entry: unknown, place: Place, context: CheckContext): CheckPart {
  const where = `${place.file}:${place.line}`;
  if (!isRecord(entry)) throw new LessonError(`${where}: each entry of a check must be a map`);
  const names = Object.keys(entry).filter((key) => key !== "label");
  const name = names[0];
  if (names.length !== 1 || name === undefined) {
    throw new LessonError(
      `${where}: each entry of a check must name one kind of check, this one names ${names.length}`,
    );
  }
  const kind = checkKinds.find((candidate) => candidate.name === name);
  if (!kind) {
    const known = checkKinds.map((candidate) => candidate.name).join(", ");
    throw new LessonError(`${where}: there is no check "${name}"; there are: ${known}`);
  }
  try {
    const label = entry["label"];
    return kind.prepare(entry[name], context, typeof label === "string" ? label : undefined);
  } catch (error) {
    if (error instanceof LessonError) throw new LessonError(`${where}: ${name}: ${error.message}`);
    throw error;
  }
}

function scriptsIn(files: LessonFiles, folder: string): readonly LessonScript[] {
  const scripts: LessonScript[] = [];
  for (const [path, script] of files) {
    const isHere = folder === "" ? path === "solution.sh" : path.startsWith(folder) && path.endsWith(".sh");
    if (isHere) scripts.push({ name: path.slice(folder.length).replace(/\.sh$/, ""), script });
  }
  return scripts.sort((left, right) => (left.name < right.name ? -1 : 1));
}
