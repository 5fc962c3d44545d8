/** Manifests: files, folders, standard input, split into documents and decoded as kubectl's builder does. */
import type { FileSystem } from "../../../machine/types.ts";
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { parseYaml, type Json } from "../yaml/parse.ts";
import { JsonSyntaxError, parseJsonPrefix } from "./go-json.ts";
import { compactJson } from "../printers/json.ts";
import { checkMetadata } from "./metadata.ts";

/** One file or stream, named as messages name it. */
export interface ManifestSource {
  readonly name: string;
  read(): Promise<string>;
}

const EXTENSIONS = [".json", ".yaml", ".yml"];

/** The files that `-f` arguments mean, in kubectl's order. Throws KubectlError for a missing path. */
export function manifestSources(
  kubectl: Kubectl,
  filenames: readonly string[],
  isRecursive: boolean,
): readonly ManifestSource[] {
  return filenames.flatMap((filename) => {
    if (filename === "-") return [{ name: "STDIN", read: () => kubectl.readStdin() }];
    if (/^https?:\/\//.test(filename)) return [urlSource(kubectl, filename)];
    return expandPattern(kubectl, filename).flatMap((path) => pathSources(kubectl, path, isRecursive));
  });
}

function pathSources(kubectl: Kubectl, path: string, isRecursive: boolean): readonly ManifestSource[] {
  const { fs } = kubectl.process.machine;
  const full = kubectl.process.resolve(path);
  if (!fs.exists(full)) throw new KubectlError(`the path ${JSON.stringify(path)} does not exist`);
  if (fs.stat(full).kind !== "directory") return [fileSource(kubectl, path)];
  const found = listFolder(fs, full, path.replace(/\/+$/, "") || "/", isRecursive).map((file) =>
    fileSource(kubectl, file),
  );
  if (found.length === 0) {
    throw new KubectlError(`error reading [${path}]: recognized file extensions are [.json .yaml .yml]`);
  }
  return found;
}

function listFolder(fs: FileSystem, full: string, shown: string, isRecursive: boolean): readonly string[] {
  return fs.readdir(full).flatMap((name) => {
    const child = `${full}/${name}`;
    const label = shown === "." ? name : `${shown}/${name}`;
    if (fs.stat(child).kind === "directory") return isRecursive ? listFolder(fs, child, label, true) : [];
    return EXTENSIONS.some((extension) => name.endsWith(extension)) ? [label] : [];
  });
}

function fileSource(kubectl: Kubectl, path: string): ManifestSource {
  return {
    name: path,
    read: async () => {
      try {
        return kubectl.process.machine.fs.readText(kubectl.process.resolve(path), kubectl.process.credentials);
      } catch (error) {
        const reason = (error as Error).message;
        throw new KubectlError(`open ${path}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`);
      }
    },
  };
}

function urlSource(kubectl: Kubectl, url: string): ManifestSource {
  return {
    name: url,
    read: async () => {
      const host = /^https?:\/\/([^/:]+)/.exec(url)?.[1] ?? "";
      const answer = await kubectl.process.net.resolve(host);
      if (answer.kind === "failed") {
        throw new KubectlError(`Get ${JSON.stringify(url)}: dial tcp: lookup ${host}: no such host`);
      }
      throw new KubectlError(
        `unable to read URL ${JSON.stringify(url)}, server reported 404 Not Found, status code=404`,
      );
    },
  };
}

/** `-f 'x*.yaml'`: the shell may leave a pattern to kubectl. */
function expandPattern(kubectl: Kubectl, pattern: string): readonly string[] {
  const { process } = kubectl;
  if (process.machine.fs.exists(process.resolve(pattern)) || !/[*?[]/.test(pattern)) return [pattern];
  const slash = pattern.lastIndexOf("/");
  const folder = slash < 0 ? "" : pattern.slice(0, slash + 1);
  const name = pattern.slice(slash + 1);
  const full = process.resolve(folder || ".");
  if (!process.machine.fs.exists(full)) return [pattern];
  const expression = new RegExp(
    `^${name
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
  const matches = process.machine.fs.readdir(full).filter((entry) => expression.test(entry));
  return matches.length === 0 ? [pattern] : matches.map((entry) => folder + entry);
}

/** The objects of a List manifest, or the object itself. */
export function listMembers(object: ApiObject): readonly ApiObject[] {
  const items = object["items"];
  if (!Array.isArray(items) || !(object.kind ?? "").endsWith("List")) return [object];
  return (items as readonly ApiObject[]).flatMap(listMembers);
}

/** Documents of a manifest as JSON; null for empty ones. Yields until the first malformed one throws. */
export function* readDocuments(text: string, source: string): Generator<Json | undefined> {
  if (/^\s*\{/.test(text)) {
    yield* readJsonDocuments(text, source);
    return;
  }
  for (const document of splitYaml(text, source)) {
    let value: Json | undefined;
    try {
      value = parseYaml(document);
    } catch (error) {
      throw new KubectlError(`error parsing ${source}: error converting YAML to JSON: ${(error as Error).message}`);
    }
    yield value;
  }
}

function* readJsonDocuments(text: string, source: string): Generator<Json | undefined> {
  let rest = text;
  let consumed = 0;
  while (rest.trim() !== "") {
    let parsed: ReturnType<typeof parseJsonPrefix>;
    try {
      parsed = parseJsonPrefix(rest);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      const value = tryYaml(rest);
      if (value !== undefined) {
        yield* value;
        return;
      }
      throw new KubectlError(`error parsing ${source}: json: offset ${consumed + error.offset}: ${error.message}`);
    }
    yield parsed.value as Json;
    consumed += parsed.end;
    rest = rest.slice(parsed.end);
    const separator = /^\s*---[^\n]*\n/.exec(rest);
    if (separator !== null) {
      yield* readDocuments(rest.slice(separator[0].length), source);
      return;
    }
  }
}

/** Text that begins as JSON may be YAML in flow style. */
function tryYaml(text: string): readonly (Json | undefined)[] | undefined {
  try {
    return [...splitYaml(text, "")].map((document) => parseYaml(document));
  } catch {
    return undefined;
  }
}

/** Splits as client-go's YAMLReader: a separator line ends a document unless nothing came before it. */
function* splitYaml(text: string, source: string): Generator<string> {
  let buffer = "";
  let position = 0;
  while (position < text.length) {
    const newline = text.indexOf("\n", position);
    const end = newline < 0 ? text.length : newline + 1;
    const row = text.slice(position, end);
    position = end;
    if (row.startsWith("---")) {
      const rest = row.slice(3).trim();
      if (rest !== "" && !rest.startsWith("#")) {
        throw new KubectlError(`error parsing ${source}: invalid Yaml document separator: ${rest}`);
      }
      if (buffer !== "") {
        yield buffer;
        buffer = "";
        continue;
      }
    }
    buffer += row;
  }
  if (buffer !== "") yield buffer;
}

/** A decoded manifest. */
export interface Manifest {
  readonly object: ApiObject;
  readonly source: string;
}

/** Checks what kubectl checks before it asks the server. Throws KubectlError. */
export function checkManifest(value: Json, source: string, isValidated: boolean): Manifest {
  const object = (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}) as ApiObject;
  const isObject = object === (value as unknown);
  if (isValidated) {
    const problem = !isObject
      ? "invalid object to validate"
      : isMissing(object.apiVersion)
        ? isMissing(object.kind)
          ? "[apiVersion not set, kind not set]"
          : "apiVersion not set"
        : isMissing(object.kind)
          ? "kind not set"
          : undefined;
    if (problem !== undefined) {
      throw new KubectlError(
        `error validating ${JSON.stringify(source)}: error validating data: ${problem}; if you choose to ignore these errors, turn validation off with --validate=false`,
      );
    }
  }
  const refuse = (reason: string) => new KubectlError(`unable to decode ${JSON.stringify(source)}: ${reason}`);
  if (!isObject)
    throw refuse(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type map[string]interface {}`);
  if (typeof object.kind !== "string" || object.kind === "")
    throw refuse(`Object 'Kind' is missing in '${compactJson(value)}'`);
  const problem = checkMetadata(object);
  if (problem !== undefined) throw refuse(problem);
  return { object, source };
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function jsonTypeOf(value: Json): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
