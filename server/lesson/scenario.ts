/**
 * Reads a scenario file: how a world starts. Unknown keys are refused, so that a
 * misspelt one does not go unnoticed. The keys are listed in DESIGN terms in
 * `lessons/README.md`.
 */
import { parseDocument } from "yaml";
import { z } from "zod";
import type { Scenario } from "../sim/world-types.ts";
import { LessonError } from "./types.ts";

const cidr = z.string().regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, "must be a CIDR such as 10.244.0.0/16");

const scenarioSchema = z.strictObject({
  env: z.string().optional(),
  profile: z
    .string()
    .regex(/^v1\.\d+$/, "must be a version such as v1.36")
    .optional(),
  plugin: z.string().optional(),
  podCIDR: cidr.optional(),
  serviceCIDR: cidr.optional(),
  nodes: z
    .array(
      z.strictObject({
        name: z.string(),
        role: z.enum(["control-plane", "worker"]).optional(),
        address: z.string().optional(),
      }),
    )
    .optional(),
  manifests: z.array(z.union([z.string(), z.record(z.string(), z.unknown())])).optional(),
  files: z.record(z.string(), z.string()).optional(),
  run: z.string().optional(),
  seed: z.number().int().optional(),
  clock: z.enum(["real", "virtual"]).optional(),
});

export interface ScenarioContext {
  /** Named in errors. */
  readonly origin: string;
  /** Files beside the scenario that `manifests` and `files` may name: relative path → text. */
  readonly files: ReadonlyMap<string, string>;
}

/** Throws `LessonError` with one line. An empty text is an empty scenario. */
export function parseScenario(text: string, context: ScenarioContext): Scenario {
  const document = parseDocument(text, { prettyErrors: false });
  const syntaxError = document.errors[0];
  if (syntaxError) {
    const line = text.slice(0, syntaxError.pos[0]).split("\n").length;
    throw new LessonError(`${context.origin}:${line}: ${syntaxError.message.split("\n")[0]}`);
  }
  const parsed = scenarioSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.join(".") ?? "";
    throw new LessonError(
      `${context.origin}: ${path === "" ? "" : `${path}: `}${issue?.message ?? "is not a scenario"}`,
    );
  }
  const { manifests, files, clock: _clock, ...rest } = parsed.data;
  return {
    ...rest,
    ...(manifests ? { manifests: manifests.map((entry) => manifestText(entry, context)) } : {}),
    ...(files ? { files: resolveFiles(files, context) } : {}),
  };
}

/** An inline document, inline YAML text (several lines), or a path beside the scenario. */
function manifestText(entry: string | Readonly<Record<string, unknown>>, context: ScenarioContext): string {
  if (typeof entry !== "string") return JSON.stringify(entry);
  return entry.includes("\n") ? entry : fileText(entry, context);
}

/** `DEST: text`, `DEST: path` of a file beside the scenario, or `DEST/: folder/` for all below it. */
function resolveFiles(files: Readonly<Record<string, string>>, context: ScenarioContext): Record<string, string> {
  const resolved: Record<string, string> = {};
  for (const [destination, source] of Object.entries(files)) {
    if (destination.endsWith("/")) {
      const folder = source.endsWith("/") ? source : `${source}/`;
      const found = [...context.files.keys()].filter((path) => path.startsWith(folder));
      if (found.length === 0)
        throw new LessonError(`${context.origin}: files: there is nothing in the folder ${source}`);
      for (const path of found) resolved[destination + path.slice(folder.length)] = context.files.get(path) ?? "";
    } else {
      resolved[destination] = context.files.get(source) ?? source;
    }
  }
  return resolved;
}

function fileText(path: string, context: ScenarioContext): string {
  const text = context.files.get(path);
  if (text === undefined) throw new LessonError(`${context.origin}: manifests: ${path} is not beside the scenario`);
  return text;
}
