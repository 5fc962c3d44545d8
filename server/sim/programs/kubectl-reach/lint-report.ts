/** `kubectl reach --lint`: what is probably not meant, with its line and the flow that proves it. */
import { type Finding, lint, type WrongFlow } from "../../net/index.ts";
import { indentedJson } from "../kubectl/printers/json.ts";
import { KubectlError } from "../kubectl/errors.ts";
import { nameOf, namespaceOf } from "../kubectl/resources/target.ts";
import { placeOf } from "../kubectl-why/format.ts";
import { fitted, list, NETWORKING, paintFor, type Plugin } from "../kubectl-why/plugin.ts";
import { locateIn, type LocateField } from "../kubectl-why/policy-places.ts";
import { asIfApplied } from "./as-applied.ts";

/** Status 1 when something is wrong or doubtful; notes alone are no failure. */
export async function runLint(
  plugin: Plugin,
  file: string | undefined,
  namespace: string,
  format: string,
): Promise<number> {
  const { findings, locate } = file === undefined ? await lintCluster(plugin, namespace) : await lintFile(plugin, file);
  const { kubectl } = plugin;
  await kubectl.out(
    format === "json" ? lintJson(findings, locate) : fitted(plugin.process, lintText(plugin, findings, locate)),
  );
  return findings.some(({ severity }) => severity !== "note") ? 1 : 0;
}

interface Linted {
  readonly findings: readonly Finding[];
  readonly locate: LocateField;
}

async function lintCluster(plugin: Plugin, namespace: string): Promise<Linted> {
  const stored = await list(plugin, NETWORKING, "networkpolicies", namespace);
  const own = stored.map((object) => ({ id: `${namespaceOf(object)}/${nameOf(object)}`, spec: object["spec"] }));
  const state = plugin.fabric.engine.state();
  // Those of the cluster concern every namespace, and belong to none.
  const clusterWide = namespace === "" ? state.clusterPolicies : [];
  const policies = [...own, ...clusterWide.map(({ metadata, spec }) => ({ id: metadata.name, spec }))];
  const findings = lint(state, new Set(policies.map(({ id }) => id)));
  return { findings, locate: locateIn(plugin.process, policies) };
}

async function lintFile(plugin: Plugin, file: string): Promise<Linted> {
  const { after, ids, locate } = await asIfApplied(plugin, file, plugin.fabric.engine.state());
  if (ids.size === 0) throw new KubectlError(`no NetworkPolicy found in ${JSON.stringify(file)}`);
  return { findings: lint(after, ids), locate };
}

export function flowText({
  source,
  destination,
  port,
  protocol,
}: Pick<WrongFlow, "source" | "destination" | "port" | "protocol">): string {
  const to = destination.includes("::") ? `[${destination}]` : destination;
  return protocol === "ICMP" ? `${source} -> ${destination} ICMP` : `${source} -> ${to}:${port}/${protocol}`;
}

function lintText({ process }: Plugin, findings: readonly Finding[], locate: LocateField): string {
  if (findings.length === 0) return "No findings.\n";
  const paint = paintFor(process);
  const lines = findings.flatMap(({ id, severity, policy, path, text, flow }) => {
    const head = `${severity}: ${policy}: ${text}`;
    const proof = flow === undefined ? [] : [`  proof: ${flowText(flow)} is ${flow.actual ? "open" : "closed"}`];
    return [
      severity === "note" ? head : paint.bad(head),
      `  ${paint.dim(`${placeOf(locate, policy, path)}  [${id}]`)}`,
      ...proof,
    ];
  });
  const counts = (["error", "warning", "note"] as const).map((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return `${count} ${severity}${count === 1 ? "" : "s"}`;
  });
  return `${[...lines, "", counts.join(", ")].join("\n")}\n`;
}

function lintJson(findings: readonly Finding[], locate: LocateField): string {
  const items = findings.map((finding) => {
    const line = locate(finding.policy, finding.path);
    return { ...finding, ...(line === null ? {} : { line }) };
  });
  return `${indentedJson({ kind: "FindingList", items }, "    ", false)}\n`;
}
