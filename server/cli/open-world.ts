/** A fresh world for the headless commands: from an environment, a scenario file or a lesson. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseScenario } from "../lesson/scenario.ts";
import { processHost } from "../session/host.ts";
import { loadLessons } from "../session/lesson-library.ts";
import { bootWorld, createBootImage } from "../sim/world.ts";
import type { ClockMode, HostEnvironment, Scenario, World } from "../sim/world-types.ts";
import { defaultLessonFolder } from "./installation.ts";
import { CommandError, copyIntoWorld } from "./host-files.ts";

export interface WorldSelection {
  readonly env?: string;
  readonly profile?: string;
  readonly plugin?: string;
  readonly scenario?: string;
  readonly lesson?: string;
  readonly lessons?: string;
  readonly file?: readonly string[];
  readonly clock?: ClockMode;
  readonly seed?: number;
}

/** A host whose faults of the simulator are told on stderr. */
export function commandHost(writeError: (text: string) => void): HostEnvironment {
  return processHost((error, context) => {
    writeError(
      `netpol-lab: simulator fault in ${context}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  });
}

/** Throws `CommandError` or `LessonError`. */
export async function openWorld(selection: WorldSelection, host: HostEnvironment): Promise<World> {
  const scenario = scenarioOf(selection);
  const clock = selection.clock ?? "virtual";
  const image = await createBootImage(scenario, host, clock);
  const world = bootWorld({ image, host, clock, ...(selection.seed === undefined ? {} : { seed: selection.seed }) });
  for (const option of selection.file ?? []) copyIntoWorld(world, option);
  return world;
}

function scenarioOf(selection: WorldSelection): Scenario {
  if (selection.scenario !== undefined && selection.lesson !== undefined)
    throw new CommandError("--scenario and --lesson exclude each other");
  const base =
    selection.lesson !== undefined
      ? lessonScenario(selection)
      : selection.scenario !== undefined
        ? fileScenario(selection.scenario)
        : {};
  return {
    ...base,
    ...(selection.env === undefined ? {} : { env: selection.env }),
    ...(selection.profile === undefined ? {} : { profile: selection.profile }),
    ...(selection.plugin === undefined ? {} : { plugin: selection.plugin }),
  };
}

function lessonScenario(selection: WorldSelection): Scenario {
  const library = loadLessons(selection.lessons ?? defaultLessonFolder());
  const lesson = library.get(selection.lesson ?? "");
  if (lesson) return lesson.scenario;
  const known = library.list().map((summary) => summary.id);
  throw new CommandError(`there is no lesson "${selection.lesson}"; there are: ${known.join(", ")}`);
}

const MAX_FILES = 500;

function fileScenario(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw new CommandError(
      `cannot read the scenario ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const folder = path === "-" ? process.cwd() : dirname(path);
  const files = new Map<string, string>();
  // Only what the text can name is read: files beside the scenario.
  for (const file of textFilesBelow(folder)) {
    const name = relative(folder, file).replaceAll("\\", "/");
    const top = name.split("/")[0] ?? name;
    if (text.includes(name) || text.includes(`${top}/`)) files.set(name, readFileSync(file, "utf8"));
  }
  return parseScenario(text, { origin: path, files });
}

function textFilesBelow(folder: string, depth = 0): readonly string[] {
  if (depth > 4) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith(".") && name !== "node_modules")
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? textFilesBelow(path, depth + 1) : [path];
    })
    .slice(0, MAX_FILES);
}
