/** Namespace, ResourceQuota and LimitRange: limits of a namespace are part of its description. */
import type { KubeObject } from "../../../kube/api/types.ts";
import { at, fields, objects, stringMap, strings, text } from "../../../kube/kinds/fields.ts";
import { longTime, statusOf, writeAnnotations, writeLabels, writeName } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer, RelatedQuery } from "./types.ts";

export const namespace: Describer = {
  group: "",
  kind: "Namespace",
  queries: (object) => [
    listQuery("resourceQuotas", "resourcequotas", object.metadata.name),
    listQuery("limitRanges", "limitranges", object.metadata.name),
  ],
  describe(object, related) {
    const w = new PrefixWriter();
    writeName(w, object, false);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    w.field("Status", text(statusOf(object)["phase"]));
    writeNamespaceConditions(w, object);
    w.line(0, "");
    writeQuotas(w, related["resourceQuotas"]?.items ?? []);
    w.line(0, "");
    writeLimitRanges(w, related["limitRanges"]?.items ?? []);
    return w.toString();
  },
};

function listQuery(name: string, resource: string, namespaceName: string): RelatedQuery {
  return { name, group: "", version: "v1", resource, namespace: namespaceName };
}

function writeNamespaceConditions(w: PrefixWriter, object: KubeObject): void {
  const conditions = objects(statusOf(object)["conditions"]);
  if (conditions.length === 0) return;
  w.write(0, "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
  w.row(1, "----", "------", "------------------", "------", "-------");
  for (const condition of conditions) {
    w.row(
      1,
      text(condition["type"]),
      text(condition["status"]),
      longTime(condition["lastTransitionTime"]),
      text(condition["reason"]),
      text(condition["message"]),
    );
  }
}

function writeQuotas(w: PrefixWriter, quotas: readonly KubeObject[]): void {
  if (quotas.length === 0) {
    w.line(0, "No resource quota.");
    return;
  }
  w.line(0, "Resource Quotas");
  for (const quota of byName(quotas)) {
    w.field("Name", quota.metadata.name, 1);
    writeScopes(w, quota, 1);
    w.row(1, "Resource", "Used", "Hard");
    w.row(1, "--------", "---", "---");
    writeUsage(w, quota, 1);
  }
}

function writeScopes(w: PrefixWriter, quota: KubeObject, level: number): void {
  const scopes = [...strings(at(quota, "spec", "scopes"))].sort();
  if (scopes.length === 0) return;
  w.field("Scopes", scopes.join(", "), level);
  for (const scope of scopes) if (SCOPE_HELP[scope] !== undefined) w.line(level, ` * ${SCOPE_HELP[scope]}`);
}

const SCOPE_HELP: Readonly<Record<string, string>> = {
  BestEffort:
    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
};

function writeUsage(w: PrefixWriter, quota: KubeObject, level: number): void {
  const hard = stringMap(at(quota, "status", "hard"));
  const used = stringMap(at(quota, "status", "used"));
  for (const name of Object.keys(hard).sort()) w.row(level, name, used[name] ?? "0", hard[name]);
}

function byName(list: readonly KubeObject[]): readonly KubeObject[] {
  return [...list].sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
}

const LIMIT_TITLES = ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"];
const LIMIT_RULES = ["----", "--------", "---", "---", "---------------", "-------------", "-----------------------"];
const LIMIT_FIELDS = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];

function writeLimitRanges(w: PrefixWriter, limitRanges: readonly KubeObject[]): void {
  if (limitRanges.length === 0) {
    w.line(0, "No LimitRange resource.");
    return;
  }
  w.line(0, "Resource Limits");
  w.line(0, ` ${LIMIT_TITLES.join("\t")}`);
  w.line(0, ` ${LIMIT_RULES.join("\t")}`);
  for (const limitRange of limitRanges) writeLimits(w, limitRange, " ");
}

function writeLimits(w: PrefixWriter, limitRange: KubeObject, indent: string): void {
  for (const limit of objects(at(limitRange, "spec", "limits"))) {
    const resources = new Set(LIMIT_FIELDS.flatMap((field) => Object.keys(fields(limit[field]))));
    for (const resource of [...resources].sort()) {
      const amounts = LIMIT_FIELDS.map((field) => text(at(limit, field, resource)) || "-");
      w.line(0, `${indent}${[text(limit["type"]), resource, ...amounts].join("\t")}`);
    }
  }
}

export const resourceQuota: Describer = {
  group: "",
  kind: "ResourceQuota",
  queries: () => [],
  describe(object) {
    const w = new PrefixWriter();
    writeName(w, object);
    writeScopes(w, object, 0);
    w.row(0, "Resource", "Used", "Hard");
    w.row(0, "--------", "----", "----");
    writeUsage(w, object, 0);
    return w.toString();
  },
};

export const limitRange: Describer = {
  group: "",
  kind: "LimitRange",
  queries: () => [],
  describe(object) {
    const w = new PrefixWriter();
    writeName(w, object);
    w.row(0, ...LIMIT_TITLES);
    w.row(0, ...LIMIT_RULES);
    writeLimits(w, object, "");
    return w.toString();
  },
};
