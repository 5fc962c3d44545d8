/** `kubectl api-resources` and `kubectl api-versions`. */
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { outputPrinter } from "../printers/output.ts";
import { TabWriter } from "../printers/tabwriter.ts";
import { groupResourceOf, groupVersionOf, type ResourceType } from "../resources/discovery.ts";
import { printWith } from "./common.ts";
import type { Verb } from "./verb.ts";

export const apiResources: Verb = {
  words: "api-resources",
  async run(kubectl) {
    const { flags } = kubectl;
    const output = flags.string("output");
    const sortBy = flags.string("sort-by");
    if (kubectl.args.length > 0) throw kubectl.usage(`unexpected arguments: [${kubectl.args.join(" ")}]`);
    if (!["", "name", "kind"].includes(sortBy)) throw new KubectlError("--sort-by accepts only name or kind");
    if (!["", "wide", "name", "json", "yaml"].includes(output))
      throw new KubectlError(`--output ${output} is not available`);
    if (!flags.bool("cached")) kubectl.discovery().invalidate();
    const all = await kubectl.withDiscovery((discovery) => discovery.types());
    const types = preferred(all).filter((type) => isWanted(kubectl, type));
    if (output === "json" || output === "yaml") return printList(kubectl, types);
    const sorted = sortTypes(types, sortBy);
    if (output === "name") {
      await kubectl.out(sorted.map((type) => `${groupResourceOf(type)}\n`).join(""));
      return 0;
    }
    const isWide = output === "wide";
    const writer = new TabWriter();
    if (!flags.bool("no-headers"))
      writer.write(`NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND${isWide ? "\tVERBS\tCATEGORIES" : ""}\n`);
    for (const type of sorted) {
      const wide = isWide ? `\t${type.verbs.join(",")}\t${type.categories.join(",")}` : "";
      writer.write(
        `${type.name}\t${type.shortNames.join(",")}\t${groupVersionOf(type)}\t${type.isNamespaced}\t${type.kind}${wide}\n`,
      );
    }
    await kubectl.out(writer.flush());
    return 0;
  },
};

/** Each resource once, in the version its group prefers, which discovery lists first. */
function preferred(types: readonly ResourceType[]): readonly ResourceType[] {
  const seen = new Set<string>();
  return types.filter((type) => {
    const name = groupResourceOf(type);
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function isWanted(kubectl: Kubectl, type: ResourceType): boolean {
  const { flags } = kubectl;
  if (type.verbs.length === 0) return false;
  if (flags.isChanged("api-group") && type.group !== flags.string("api-group")) return false;
  if (flags.isChanged("namespaced") && type.isNamespaced !== flags.bool("namespaced")) return false;
  if (!flags.list("verbs").every((verb) => type.verbs.includes(verb))) return false;
  return flags.list("categories").every((category) => type.categories.includes(category));
}

/** By group and name unless a column is named; the core group comes first. */
function sortTypes(types: readonly ResourceType[], sortBy: string): readonly ResourceType[] {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...types].sort((a, b) => {
    if (sortBy === "kind") return compare(a.kind, b.kind);
    if (sortBy === "name") return compare(a.name, b.name);
    return compare(a.group, b.group) || compare(a.name, b.name);
  });
}

async function printList(kubectl: Kubectl, types: readonly ResourceType[]): Promise<number> {
  const resources = sortTypes(types, kubectl.flags.string("sort-by")).map((type) => ({
    name: type.name,
    singularName: type.singularName,
    namespaced: type.isNamespaced,
    ...(type.group === "" ? {} : { group: type.group }),
    version: type.version,
    kind: type.kind,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
  }));
  const printer = outputPrinter(kubectl, { keepsOrder: true });
  const list = { kind: "APIResourceList", apiVersion: "v1", groupVersion: "", resources };
  if (printer !== undefined) await printWith(kubectl, printer, list);
  return 0;
}

export const apiVersions: Verb = {
  words: "api-versions",
  async run(kubectl) {
    if (kubectl.args.length > 0) throw kubectl.usage(`unexpected arguments: [${kubectl.args.join(" ")}]`);
    kubectl.discovery().invalidate();
    const versions = await kubectl.withDiscovery((discovery) => discovery.groupVersions());
    await kubectl.out(
      [...new Set(versions)]
        .sort()
        .map((version) => `${version}\n`)
        .join(""),
    );
    return 0;
  },
};
