/** `kubectl diff`: what apply would change, shown by the `diff` program. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, combine, KubectlError, StatusFailure } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { withoutManagedFields } from "../printers/output.ts";
import { lastApplied, withoutLastApplied } from "../resources/last-applied.ts";
import { visit } from "../resources/select.ts";
import { threeWayPatch } from "../resources/strategic-diff.ts";
import { getObject, sendObject, withMetadata, type Target } from "../resources/target.ts";
import { emitYaml } from "../yaml/emit.ts";
import { fileSelection, hasNoFiles, writeQuery } from "./common.ts";
import type { Verb } from "./verb.ts";

export const diff: Verb = {
  words: "diff",
  async run(kubectl) {
    if (kubectl.args.length > 0) throw kubectl.usage(`Unexpected args: [${kubectl.args.join(" ")}]`);
    if (hasNoFiles(kubectl)) throw new KubectlError("must specify one of -f and -k");
    const { process } = kubectl;
    const { fs } = process.machine;
    const root = process.env.get("TMPDIR") || "/tmp";
    const folders = [`${root}/LIVE-${digits(kubectl)}`, `${root}/MERGED-${digits(kubectl)}`] as const;
    for (const folder of folders) fs.mkdir(process.resolve(folder), { mode: 0o700, as: process.credentials });
    try {
      const failures: Error[] = [];
      const selection = {
        ...fileSelection(kubectl),
        labelSelector: kubectl.flags.string("selector"),
        continuesOnError: true,
        isValidated: true,
      };
      for await (const item of visit(kubectl, selection)) {
        if (item instanceof Error) failures.push(item);
        else await writeBoth(kubectl, item, folders).catch((error: unknown) => failures.push(asFailure(error)));
      }
      const failure = combine(failures);
      if (failure !== undefined) throw failure;
      return await runDiff(kubectl, folders);
    } finally {
      for (const folder of folders) fs.removeTree(process.resolve(folder));
    }
  },
};

const digits = (kubectl: Kubectl) => kubectl.process.random.text(10, "0123456789").replace(/^0/, "1");

async function writeBoth(kubectl: Kubectl, target: Target, [live, merged]: readonly [string, string]): Promise<void> {
  const { process } = kubectl;
  const { group, version, kind } = target.type;
  const name = `${group === "" ? "" : `${group}.`}${version}.${kind}.${target.namespace}.${target.name}`;
  const current = await readCurrent(kubectl, target);
  const after = await mergedObject(kubectl, target, current);
  const write = (folder: string, object: ApiObject) =>
    process.machine.fs.writeFile(process.resolve(`${folder}/${name}`), emitYaml(mask(object)), {
      mode: 0o600,
      as: process.credentials,
    });
  if (current !== undefined) write(live, current);
  write(merged, after);
}

/** Secrets are shown as stars, and bookkeeping not at all. */
function mask(object: ApiObject): ApiObject {
  const plain = withoutManagedFields(object);
  if (plain.kind !== "Secret") return plain;
  const data = plain["data"] as Readonly<Record<string, string>> | undefined;
  return data === undefined
    ? plain
    : { ...plain, data: Object.fromEntries(Object.keys(data).map((key) => [key, "***"])) };
}

async function readCurrent(kubectl: Kubectl, target: Target): Promise<ApiObject | undefined> {
  try {
    return await getObject(kubectl, target.type, target.namespace, target.name);
  } catch (error) {
    if (error instanceof StatusFailure && error.isNotFound) return undefined;
    throw error;
  }
}

/** What the server would store, by a dry run. */
async function mergedObject(kubectl: Kubectl, target: Target, current: ApiObject | undefined): Promise<ApiObject> {
  const query = writeQuery(kubectl, "server");
  if (kubectl.flags.bool("server-side")) {
    const parameters = [...query, ["force", String(kubectl.flags.bool("force-conflicts"))] as const];
    return sendObject(kubectl, "PATCH", target, {
      query: parameters,
      contentType: "application/apply-patch+yaml",
      body: compactJson(target.object),
    });
  }
  if (current === undefined) return sendObject(kubectl, "POST", target, { query, body: target.object });
  const { contentType, patch } = threeWayPatch(lastApplied(current), withoutLastApplied(target.object), current);
  if (compactJson(patch) === "{}") return current;
  const version = { resourceVersion: current.metadata?.["resourceVersion"] };
  // The live version locks the patch, whatever the file says: a file read long ago is compared, not refused.
  const body = compactJson(withMetadata(patch as ApiObject, version));
  const after = await sendObject(kubectl, "PATCH", target, { query, contentType, body });
  // A dry run stores nothing: the version stays that of the live object.
  return withMetadata(after, version);
}

async function runDiff(kubectl: Kubectl, [live, merged]: readonly [string, string]): Promise<number> {
  const { process } = kubectl;
  const external = (process.env.get("KUBECTL_EXTERNAL_DIFF") ?? "").trim();
  const [command = "diff", ...options] = external === "" ? ["diff", "-u", "-N"] : external.split(/\s+/);
  const path = process.findExecutable(command);
  if (path === undefined)
    throw new KubectlError(
      `failed to run ${JSON.stringify(command)}: exec: ${JSON.stringify(command)}: executable file not found in $PATH`,
    );
  const status = await process.spawn(path, [command, ...options, live, merged]).exit;
  return status.kind === "exited" ? status.code : 1;
}
