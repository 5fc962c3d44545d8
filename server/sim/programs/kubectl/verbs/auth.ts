/** `kubectl auth can-i` and `auth whoami`. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { ExitFailure, KubectlError } from "../errors.ts";
import { outputPrinter } from "../printers/output.ts";
import { TabWriter } from "../printers/tabwriter.ts";
import { printWith } from "./common.ts";
import type { Verb } from "./verb.ts";

interface ResourceQuestion {
  readonly group: string;
  readonly resource: string;
  readonly version: string;
  readonly name: string;
}

const canI: Verb = {
  words: "auth can-i",
  async run(kubectl) {
    const { args, flags } = kubectl;
    if (flags.bool("list")) {
      if (args.length > 0) throw new ExitFailure(1, "error: list option must be specified with no arguments");
      return listRules(kubectl);
    }
    if (args.length !== 2) {
      throw new ExitFailure(
        1,
        "error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
      );
    }
    const [verb = "", what = ""] = args;
    const isPath = what.startsWith("/");
    const spec = isPath
      ? { nonResourceAttributes: { path: what, verb } }
      : { resourceAttributes: await attributes(kubectl, verb, what) };
    const review = await kubectl.client().request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      body: {
        kind: "SelfSubjectAccessReview",
        apiVersion: "authorization.k8s.io/v1",
        metadata: {},
        spec,
        status: { allowed: false },
      },
    });
    return answer(kubectl, review);
  },
};

async function attributes(kubectl: Kubectl, verb: string, what: string): Promise<Readonly<Record<string, string>>> {
  const question = await resolveResource(kubectl, what);
  const subresource = kubectl.flags.string("subresource");
  const namespace = kubectl.flags.bool("all-namespaces") ? "" : kubectl.namespace;
  return {
    ...(namespace === "" ? {} : { namespace }),
    verb,
    ...(question.group === "" ? {} : { group: question.group }),
    resource: question.resource,
    ...(subresource === "" ? {} : { subresource }),
    ...(question.name === "" ? {} : { name: question.name }),
  };
}

async function resolveResource(kubectl: Kubectl, what: string): Promise<ResourceQuestion> {
  const slash = what.indexOf("/");
  const word = slash < 0 ? what : what.slice(0, slash);
  const name = slash < 0 ? "" : what.slice(slash + 1);
  if (word === "*") return { group: "*", resource: "*", version: "*", name };
  const type = await kubectl.withDiscovery((discovery) => discovery.find(word.toLowerCase()));
  if (type === undefined) {
    const [resource = "", ...group] = word.split(".");
    const place = group.length === 0 ? "" : ` in group '${group.join(".")}'`;
    await kubectl.err(`Warning: the server doesn't have a resource type '${resource}'${place}\n\n`);
    return { group: group.join("."), resource, version: "", name };
  }
  if (!type.isNamespaced && !kubectl.flags.bool("all-namespaces")) {
    const place = type.group === "" ? "" : ` in group '${type.group}'`;
    await kubectl.err(`Warning: resource '${type.name}' is not namespace scoped${place}\n\n`);
  }
  return { group: type.group, resource: type.name, version: type.version, name };
}

async function answer(kubectl: Kubectl, review: ApiObject): Promise<number> {
  const status = (review["status"] ?? {}) as {
    readonly allowed?: boolean;
    readonly reason?: string;
    readonly evaluationError?: string;
  };
  const isQuiet = kubectl.flags.bool("quiet");
  if (status.allowed) {
    if (!isQuiet) await kubectl.out("yes\n");
    return 0;
  }
  const details = [status.reason, status.evaluationError].filter((part) => part !== undefined && part !== "");
  if (!isQuiet) await kubectl.out(`no${details.map((part) => ` - ${part}`).join("")}\n`);
  return 1;
}

// ----------------------------------------------------------------------- list

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

async function listRules(kubectl: Kubectl): Promise<number> {
  const review = await kubectl.client().request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    body: {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec: { namespace: kubectl.namespace },
    },
  });
  const status = (review["status"] ?? {}) as {
    readonly resourceRules?: readonly Partial<Rule>[];
    readonly nonResourceRules?: readonly Partial<Rule>[];
    readonly incomplete?: boolean;
    readonly evaluationError?: string;
  };
  if (status.incomplete) await kubectl.err(`warning: the list may be incomplete: ${status.evaluationError ?? ""}\n`);
  const simple = [...(status.resourceRules ?? []), ...(status.nonResourceRules ?? [])].flatMap(breakDown);
  const rules = compact(simple).sort((a, b) => compareTexts(sortKey(a), sortKey(b)));
  const writer = new TabWriter();
  if (!kubectl.flags.bool("no-headers")) writer.write("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
  const list = (words: readonly string[]) => `[${words.join(" ")}]`;
  for (const rule of rules) {
    writer.write(
      `${resourceText(rule)}\t${list(rule.nonResourceURLs)}\t${list(rule.resourceNames)}\t${list(rule.verbs)}\n`,
    );
  }
  await kubectl.out(writer.flush());
  return 0;
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** One rule for each verb, group, resource and name. */
function breakDown(rule: Partial<Rule>): readonly Rule[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const empty = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  const urls = nonResourceURLs.flatMap((url) =>
    verbs.map((verb): Rule => ({ ...empty, verbs: [verb], nonResourceURLs: [url] })),
  );
  const names: readonly (readonly string[])[] = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [[]];
  const byResource = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map(
          (name): Rule => ({ ...empty, verbs: [verb], apiGroups: [group], resources: [resource], resourceNames: name }),
        ),
      ),
    ),
  );
  return [...byResource, ...urls];
}

/** Joins the verbs of rules about the same resource. */
function compact(rules: readonly Rule[]): Rule[] {
  const joined = new Map<string, Rule>();
  const others: Rule[] = [];
  for (const rule of rules) {
    if (rule.nonResourceURLs.length > 0) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = joined.get(key);
    joined.set(key, known === undefined ? rule : { ...known, verbs: [...new Set([...known.verbs, ...rule.verbs])] });
  }
  return [...joined.values(), ...others];
}

/** How Go prints a PolicyRule; the list is sorted by it. */
function sortKey(rule: Rule): string {
  const list = (words: readonly string[]) => `[${words.join(" ")}]`;
  return `Verbs:${list(rule.verbs)},APIGroups:${list(rule.apiGroups)},Resources:${list(rule.resources)},ResourceNames:${list(rule.resourceNames)},NonResourceURLs:${list(rule.nonResourceURLs)}`;
}

function resourceText({ resources, apiGroups }: Rule): string {
  const [resource] = resources;
  if (resource === undefined) return "";
  const [name = "", subresource] = resource.split("/");
  const group = apiGroups[0] ?? "";
  return `${name}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
}

// --------------------------------------------------------------------- whoami

const whoAmI: Verb = {
  words: "auth whoami",
  async run(kubectl) {
    if (kubectl.args.length > 0) throw kubectl.usage(`unexpected arguments: [${kubectl.args.join(" ")}]`);
    const printer = outputPrinter(kubectl);
    const review = await kubectl.client().request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      body: { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, status: {} },
    });
    if (printer !== undefined) {
      await printWith(kubectl, printer, review);
      return 0;
    }
    const { userInfo = {} } = (review["status"] ?? {}) as { readonly userInfo?: UserInfo };
    const writer = new TabWriter();
    writer.write("ATTRIBUTE\tVALUE\n");
    if (userInfo.username) writer.write(`Username\t${userInfo.username}\n`);
    if (userInfo.uid) writer.write(`UID\t${userInfo.uid}\n`);
    if (userInfo.groups?.length) writer.write(`Groups\t[${userInfo.groups.join(" ")}]\n`);
    for (const key of Object.keys(userInfo.extra ?? {}).sort()) {
      writer.write(`Extra: ${key}\t[${(userInfo.extra?.[key] ?? []).join(" ")}]\n`);
    }
    await kubectl.out(writer.flush());
    return 0;
  },
};

interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const reconcile: Verb = {
  words: "auth reconcile",
  run() {
    throw new KubectlError("reconciling roles is not available in this kubectl");
  },
};

export const authVerbs: readonly Verb[] = [canI, whoAmI, reconcile];
