/** `kubectl cp`: tar in the container, tar here, bytes in between. */
import type { Kubectl } from "../context.ts";
import { concat } from "../client/websocket.ts";
import { ExitFailure, KubectlError } from "../errors.ts";
import { chooseContainer, podPath, podType, type Pod } from "../resources/pods.ts";
import { getObject } from "../resources/target.ts";
import { packTar, type TarEntry, unpackTar } from "./tar.ts";
import type { Verb } from "./verb.ts";

interface FileSpec {
  readonly namespace: string;
  /** Empty for local files. */
  readonly pod: string;
  readonly path: string;
}

export const cp: Verb = {
  words: "cp",
  async run(kubectl) {
    if (kubectl.args.length !== 2) throw kubectl.usage("source and destination are required");
    const [source, destination] = kubectl.args.map((arg) => parseSpec(kubectl, arg)) as [FileSpec, FileSpec];
    if (source.pod !== "" && destination.pod !== "")
      throw new KubectlError("one of src or dest must be a local file specification");
    if (source.path === "" || destination.path === "") throw new KubectlError("filepath can not be empty");
    if (source.pod !== "") await download(kubectl, source, destination.path);
    else if (destination.pod !== "") await upload(kubectl, source.path, destination);
    else throw new KubectlError("one of src or dest must be a remote file specification");
    return 0;
  },
};

function parseSpec(kubectl: Kubectl, text: string): FileSpec {
  const colon = text.indexOf(":");
  if (colon === 0) throw new KubectlError("filespec must match the canonical format: [[namespace/]pod:]file/path");
  if (colon < 0) return { namespace: "", pod: "", path: text };
  const [first = "", second, ...more] = text.slice(0, colon).split("/");
  if (more.length > 0) throw new KubectlError("filespec must match the canonical format: [[namespace/]pod:]file/path");
  const path = text.slice(colon + 1);
  return second === undefined
    ? { namespace: kubectl.namespace, pod: first, path }
    : { namespace: first, pod: second, path };
}

/** Runs a command in the container; a failure is reported as exec reports it. */
async function remote(
  kubectl: Kubectl,
  spec: FileSpec,
  command: readonly string[],
  input: Uint8Array | null,
): Promise<Uint8Array> {
  const pod = (await getObject(kubectl, podType(), spec.namespace, spec.pod)) as Pod;
  const container = await chooseContainer(kubectl, pod, kubectl.flags.string("container"), false);
  const output: Uint8Array[] = [];
  const status = await kubectl
    .client()
    .stream(
      podPath(spec.namespace, spec.pod, "exec"),
      [
        ...command.map((word) => ["command", word] as const),
        ["container", container.name],
        ...(input === null ? [] : [["stdin", "true"] as const]),
        ["stdout", "true"],
        ["stderr", "true"],
      ],
      {
        stdin: input === null ? null : once(input),
        stdout: async (bytes) => {
          output.push(bytes.slice());
        },
        stderr: (bytes) => kubectl.process.stderr.write(bytes),
        onResize: () => () => {},
        interruption: kubectl.process.interruption,
      },
    );
  if (status.status === "Success") return concat(output);
  if (status.reason !== "NonZeroExitCode") throw new KubectlError(status.message ?? "");
  const code = Number(status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message ?? 1);
  throw new ExitFailure(code, `command terminated with exit code ${code}`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
}

const baseName = (path: string) => path.replace(/\/+$/, "").split("/").at(-1) ?? "";

async function upload(kubectl: Kubectl, path: string, destination: FileSpec): Promise<void> {
  const { process } = kubectl;
  const { fs } = process.machine;
  const full = process.resolve(path);
  if (!fs.exists(full)) throw new KubectlError(`${path} doesn't exist in local filesystem`);
  const isIntoFolder = destination.path.endsWith("/");
  const target = isIntoFolder ? destination.path + baseName(full) : destination.path;
  const slash = target.lastIndexOf("/");
  const folder = slash < 0 ? "" : target.slice(0, slash) || "/";
  const archive = packTar(localEntries(kubectl, full, target.slice(slash + 1)), process.clock.now());
  const preserve = kubectl.flags.bool("no-preserve") ? ["--no-same-permissions", "--no-same-owner"] : [];
  await remote(
    kubectl,
    destination,
    ["tar", ...preserve, "-xmf", "-", ...(folder === "" ? [] : ["-C", folder])],
    archive,
  );
}

function localEntries(kubectl: Kubectl, full: string, name: string): readonly TarEntry[] {
  const { fs } = kubectl.process.machine;
  const { kind, mode } = fs.stat(full, kubectl.process.credentials);
  if (kind !== "directory")
    return [{ path: name, isFolder: false, mode, content: fs.readFile(full, kubectl.process.credentials) }];
  const below = fs
    .readdir(full, kubectl.process.credentials)
    .flatMap((child) => localEntries(kubectl, `${full}/${child}`, `${name}/${child}`));
  return [{ path: name, isFolder: true, mode, content: new Uint8Array() }, ...below];
}

async function download(kubectl: Kubectl, source: FileSpec, destination: string): Promise<void> {
  const { process } = kubectl;
  const { fs } = process.machine;
  const entries = unpackTar(await remote(kubectl, source, ["tar", "cf", "-", source.path], null));
  const full = process.resolve(destination);
  const root = fs.exists(full) && fs.stat(full).kind === "directory" ? `${full}/${baseName(source.path)}` : full;
  const prefix = source.path.replace(/^\/+/, "").replace(/\/+$/, "");
  for (const entry of entries) {
    const inner = entry.path.replace(/^\.?\/+/, "").replace(/\/+$/, "");
    const rest = inner === prefix ? "" : inner.startsWith(`${prefix}/`) ? inner.slice(prefix.length) : `/${inner}`;
    // Nothing may be written outside of the destination.
    if (rest.split("/").includes("..")) continue;
    const path = root + rest;
    if (entry.isFolder) fs.mkdir(path, { recursive: true, mode: entry.mode, as: process.credentials });
    else fs.writeFile(path, entry.content, { mode: entry.mode, as: process.credentials });
  }
}
