/** `kubectl version`. */
import type { Kubectl } from "../context.ts";
import { asFailure, KubectlError } from "../errors.ts";
import { indentedJson } from "../printers/json.ts";
import { emitYaml } from "../yaml/emit.ts";
import type { Verb } from "./verb.ts";

/** The kustomize built into each kubectl. */
const KUSTOMIZE: Readonly<Record<number, string>> = {
  27: "v5.0.1",
  28: "v5.0.4-0.20230601165947-6ce0bf390ce3",
  29: "v5.0.4-0.20230601165947-6ce0bf390ce3",
  30: "v5.0.4-0.20230601165947-6ce0bf390ce3",
  31: "v5.4.2",
  32: "v5.5.0",
  33: "v5.6.0",
  34: "v5.7.1",
  35: "v5.7.1",
  36: "v5.8.1",
};
const PATCH: Readonly<Record<number, number>> = { 27: 16, 28: 15, 29: 14, 30: 13, 31: 9, 32: 5, 33: 1 };

type VersionInfo = Readonly<Record<string, unknown>>;

function clientVersion(kubectl: Kubectl): VersionInfo {
  const minor = kubectl.minorVersion;
  const installed = kubectl.process.program.version ?? "";
  return {
    major: "1",
    minor: String(minor),
    gitVersion: /^v\d+\.\d+\.\d+$/.test(installed) ? installed : `v1.${minor}.${PATCH[minor] ?? 3}`,
    gitCommit: "0000000000000000000000000000000000000000",
    gitTreeState: "clean",
    buildDate: "2026-07-01T00:00:00Z",
    goVersion: "go1.26.8",
    compiler: "gc",
    platform: "linux/amd64",
  };
}

export const version: Verb = {
  words: "version",
  async run(kubectl) {
    const { flags } = kubectl;
    if (kubectl.args.length > 0) throw new KubectlError(`extra arguments: [${kubectl.args.join(" ")}]`);
    const output = flags.string("output");
    if (output !== "" && output !== "yaml" && output !== "json")
      throw new KubectlError("--output must be 'yaml' or 'json'");
    const client = clientVersion(kubectl);
    const kustomizeVersion = KUSTOMIZE[kubectl.minorVersion] ?? "v5.8.1";
    let server: VersionInfo | undefined;
    let failure: Error | undefined;
    if (!flags.bool("client")) {
      try {
        server = (await kubectl.client().request("GET", "/version")) as VersionInfo;
      } catch (error) {
        failure = asFailure(error);
      }
    }
    const all = { clientVersion: client, kustomizeVersion, ...(server === undefined ? {} : { serverVersion: server }) };
    if (output === "yaml") await kubectl.out(`${emitYaml(all)}\n`);
    else if (output === "json") await kubectl.out(`${indentedJson(all, "  ", false)}\n`);
    else {
      await kubectl.out(`Client Version: ${client["gitVersion"]}\nKustomize Version: ${kustomizeVersion}\n`);
      if (server !== undefined) await kubectl.out(`Server Version: ${server["gitVersion"]}\n`);
    }
    if (server !== undefined) await warnOfSkew(kubectl, client, server);
    if (failure !== undefined) throw failure;
    return 0;
  },
};

async function warnOfSkew(kubectl: Kubectl, client: VersionInfo, server: VersionInfo): Promise<void> {
  const difference = Math.abs(Number(client["minor"]) - Number(server["minor"]));
  if (difference <= 1) return;
  await kubectl.err(
    `WARNING: version difference between client (1.${client["minor"]}) and server (1.${server["minor"]}) exceeds the supported minor version skew of +/-1\n`,
  );
}
