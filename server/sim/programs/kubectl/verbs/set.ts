/** `kubectl set image|env|resources|selector|serviceaccount|subject`: changes pod templates. */
import { KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { subjectsOf } from "./create/role-binding.ts";
import {
  changeObjects,
  type Container,
  forContainers,
  type PodSpec,
  requireResources,
  setPath,
  splitPairs,
  updatePodSpec,
  wantedContainers,
} from "./pod-template-change.ts";
import { parseSelector } from "./set-selector.ts";
import type { Verb } from "./verb.ts";

// ---------------------------------------------------------------------- image

const setImage: Verb = {
  words: "set image",
  async run(kubectl) {
    const { resources, pairs } = splitPairs(kubectl.args);
    requireResources(kubectl, resources);
    if (pairs.length === 0) throw new KubectlError("at least one image update is required");
    const images = pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const);
    const problems: Error[] = [];
    const change = (spec: PodSpec): PodSpec =>
      images.reduce((current, [name, image]) => {
        const changed = withImage(current, name, image);
        if (changed === undefined)
          problems.push(new KubectlError(`unable to find container named ${JSON.stringify(name)}`));
        return changed ?? current;
      }, spec);
    return changeObjects(kubectl, resources, "image updated", (target) => updatePodSpec(target, change), { problems });
  },
};

/** Undefined when no container has the name; `*` means all. */
function withImage(spec: PodSpec, name: string, image: string): PodSpec | undefined {
  let isFound = false;
  const update = (containers: readonly Container[] | undefined) =>
    containers?.map((container) => {
      if (name !== "*" && container.name !== name) return container;
      isFound = true;
      return { ...container, image };
    });
  const containers = update(spec.containers);
  const initContainers = update(spec.initContainers);
  if (!isFound) return undefined;
  return { ...spec, ...(containers ? { containers } : {}), ...(initContainers ? { initContainers } : {}) };
}

// ------------------------------------------------------------------ resources

const setResources: Verb = {
  words: "set resources",
  async run(kubectl) {
    const { flags } = kubectl;
    requireResources(kubectl, kubectl.args);
    if (flags.string("limits") === "" && flags.string("requests") === "") {
      throw new KubectlError("you must specify an update to requests or limits (in the form of --requests/--limits)");
    }
    const parse = (text: string) =>
      text === "" ? undefined : Object.fromEntries(text.split(",").map((pair) => pair.split("=") as [string, string]));
    const limits = parse(flags.string("limits"));
    const requests = parse(flags.string("requests"));
    return changeObjects(kubectl, kubectl.args, "resource requirements updated", (target) =>
      updatePodSpec(target, (spec) => {
        if (wantedContainers(kubectl, spec).length === 0) {
          throw new KubectlError(`unable to find container named ${flags.string("containers")}`);
        }
        return forContainers(kubectl, spec, (container) => ({
          ...container,
          resources: {
            ...container.resources,
            ...(limits === undefined ? {} : { limits: { ...container.resources?.["limits"], ...limits } }),
            ...(requests === undefined ? {} : { requests: { ...container.resources?.["requests"], ...requests } }),
          },
        }));
      }),
    );
  },
};

// ------------------------------------------------------------ the other fields

const setServiceAccount: Verb = {
  words: "set serviceaccount",
  async run(kubectl) {
    const resources = kubectl.args.slice(0, -1);
    const name = kubectl.args.at(-1) ?? "";
    if (kubectl.args.length === 0) throw new KubectlError("serviceaccount is required");
    requireResources(kubectl, resources);
    return changeObjects(kubectl, resources, "serviceaccount updated", (target) =>
      updatePodSpec(target, (spec) => ({ ...spec, serviceAccountName: name })),
    );
  },
};

const setSelector: Verb = {
  words: "set selector",
  async run(kubectl) {
    const expression = kubectl.args.at(-1) ?? "";
    const resources = kubectl.args.slice(0, -1);
    if (kubectl.args.length < 2)
      throw new KubectlError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    const selector = parseSelector(expression);
    return changeObjects(kubectl, resources, "selector updated", (target) => {
      if (target.type.kind !== "Service") throw new KubectlError(`setting a selector is only supported for Services`);
      return setPath(target.object, ["spec", "selector"], selector);
    });
  },
};

const setSubject: Verb = {
  words: "set subject",
  async run(kubectl) {
    requireResources(kubectl, kubectl.args);
    const subjects = subjectsOf(kubectl);
    if (subjects.length === 0)
      throw new KubectlError("you must specify at least one value of user, group or serviceaccount");
    return changeObjects(kubectl, kubectl.args, "subjects updated", (target) => {
      const existing = (target.object["subjects"] ?? []) as readonly unknown[];
      const known = new Set(existing.map((subject) => compactJson(subject)));
      return {
        ...target.object,
        subjects: [...existing, ...subjects.filter((subject) => !known.has(compactJson(subject)))],
      };
    });
  },
};

export const setVerbs: readonly Verb[] = [setImage, setResources, setServiceAccount, setSelector, setSubject];
