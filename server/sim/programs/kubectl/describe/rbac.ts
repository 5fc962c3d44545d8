/** Roles and their bindings. */
import type { KubeObject } from "../../../kube/api/types.ts";
import { at, type Fields, objects, strings, text } from "../../../kube/kinds/fields.ts";
import { goList, writeAnnotations, writeLabels } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

const GROUP = "rbac.authorization.k8s.io";

export const role = roleDescriber("Role");
export const clusterRole = roleDescriber("ClusterRole");
export const roleBinding = bindingDescriber("RoleBinding");
export const clusterRoleBinding = bindingDescriber("ClusterRoleBinding");

function roleDescriber(kind: string): Describer {
  return {
    group: GROUP,
    kind,
    queries: () => [],
    describe(object) {
      const w = new PrefixWriter();
      writeHead(w, object);
      w.line(0, "PolicyRule:");
      w.row(1, "Resources", "Non-Resource URLs", "Resource Names", "Verbs");
      w.row(1, "---------", "-----------------", "--------------", "-----");
      for (const rule of compactRules(objects(object["rules"]).flatMap(breakdown))) {
        w.row(1, resourceText(rule), goList(rule.urls), goList(rule.names), goList(rule.verbs));
      }
      return w.toString();
    },
  };
}

function bindingDescriber(kind: string): Describer {
  return {
    group: GROUP,
    kind,
    queries: () => [],
    describe(object) {
      const w = new PrefixWriter();
      writeHead(w, object);
      w.line(0, "Role:");
      w.field("Kind", text(at(object, "roleRef", "kind")), 1);
      w.field("Name", text(at(object, "roleRef", "name")), 1);
      w.line(0, "Subjects:");
      w.row(1, "Kind", "Name", "Namespace");
      w.row(1, "----", "----", "---------");
      for (const subject of objects(object["subjects"])) {
        w.row(1, text(subject["kind"]), text(subject["name"]), text(subject["namespace"]));
      }
      return w.toString();
    },
  };
}

function writeHead(w: PrefixWriter, object: KubeObject): void {
  w.field("Name", object.metadata.name);
  writeLabels(w, "Labels", object.metadata.labels);
  writeAnnotations(w, object.metadata.annotations);
}

interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names: readonly string[];
  readonly urls: readonly string[];
}

/** One rule for each verb of each resource (or name of a resource), and of each URL. */
function breakdown(rule: Fields): readonly Rule[] {
  const [verbs, names] = [strings(rule["verbs"]), strings(rule["resourceNames"])];
  const ofResources = strings(rule["apiGroups"]).flatMap((group) =>
    strings(rule["resources"]).flatMap((resource) =>
      verbs.flatMap((verb) =>
        (names.length === 0 ? [undefined] : names).map((name) => ({
          verbs: [verb],
          groups: [group],
          resources: [resource],
          names: name === undefined ? [] : [name],
          urls: [],
        })),
      ),
    ),
  );
  const ofUrls = strings(rule["nonResourceURLs"]).flatMap((url) =>
    verbs.map((verb) => ({ verbs: [verb], groups: [], resources: [], names: [], urls: [url] })),
  );
  return [...ofResources, ...ofUrls];
}

/** Verbs of the same resource come together; rules are sorted as their Go form would be. */
function compactRules(rules: readonly Rule[]): readonly Rule[] {
  const compacted = new Map<string, Rule>();
  for (const [index, rule] of rules.entries()) {
    const isUrl = rule.urls.length > 0;
    const key = isUrl ? `url ${index}` : JSON.stringify([rule.groups, rule.resources, rule.names]);
    const known = compacted.get(key);
    const added = rule.verbs.filter((verb) => !known?.verbs.includes(verb));
    compacted.set(key, known === undefined ? rule : { ...known, verbs: [...known.verbs, ...added] });
  }
  return [...compacted.values()].sort((left, right) => compare(sortKey(left), sortKey(right)));
}

function sortKey({ verbs, groups, resources, names, urls }: Rule): string {
  return `Verbs:${goList(verbs)},APIGroups:${goList(groups)},Resources:${goList(resources)},ResourceNames:${goList(names)},NonResourceURLs:${goList(urls)}`;
}

/** `deployments.apps/scale`. */
function resourceText({ resources, groups }: Rule): string {
  const [resource = "", subresource] = (resources[0] ?? "").split(/\/(.*)/s);
  const group = groups[0] ?? "";
  const qualified = group === "" || resource === "" ? resource : `${resource}.${group}`;
  return subresource === undefined ? qualified : `${qualified}/${subresource}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
