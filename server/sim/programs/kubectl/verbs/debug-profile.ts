/** What `kubectl debug --profile` gives a debugging container, and takes from a copied pod. Follows pkg/cmd/debug v1.36. */
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";

type Fields = { [key: string]: unknown };

export type DebugStyle = "ephemeral" | "copy" | "node";

const PROFILES = ["legacy", "general", "baseline", "restricted", "netadmin", "sysadmin"] as const;
type Profile = (typeof PROFILES)[number];

/** Of `--profile`. Throws for unknown words. */
export function profileOf(kubectl: Kubectl): Profile {
  const name = kubectl.flags.string("profile");
  const found = PROFILES.find((profile) => profile === name);
  if (found === undefined) throw new KubectlError(`unknown profile: ${name}`);
  return found;
}

/** The container's security context; `present` is that of a container which is changed. */
export function securityContextFor(
  profile: Profile,
  style: DebugStyle,
  present: Fields | undefined,
): Fields | undefined {
  switch (profile) {
    case "legacy":
      return present;
    case "general":
      return style === "node" ? undefined : withCapabilities(present, ["SYS_PTRACE"]);
    case "baseline":
      return undefined;
    case "restricted":
      return {
        runAsNonRoot: true,
        capabilities: { drop: ["ALL"] },
        allowPrivilegeEscalation: false,
        seccompProfile: { type: "RuntimeDefault" },
      };
    case "netadmin":
      return withCapabilities(present, ["NET_ADMIN", "NET_RAW"]);
    case "sysadmin":
      return { ...present, privileged: true };
    default: {
      const unreachable: never = profile;
      return unreachable;
    }
  }
}

function withCapabilities(present: Fields | undefined, added: readonly string[]): Fields {
  const capabilities = (present?.["capabilities"] ?? {}) as { readonly add?: readonly string[] };
  return { ...present, capabilities: { ...capabilities, add: [...(capabilities.add ?? []), ...added] } };
}

export const mountsHostRoot = (profile: Profile): boolean =>
  profile === "legacy" || profile === "general" || profile === "sysadmin";

export const usesHostNamespaces = (profile: Profile): boolean => profile !== "baseline" && profile !== "restricted";

const PROBES = { livenessProbe: "keep-liveness", readinessProbe: "keep-readiness", startupProbe: "keep-startup" };

/** A copied pod without what would make it part of an application: labels, annotations, probes. */
export function stripCopy({ flags }: Kubectl, profile: Profile, pod: { metadata: Fields; spec: Fields }): void {
  const isLegacy = profile === "legacy";
  if (isLegacy || !flags.bool("keep-labels")) delete pod.metadata["labels"];
  if (isLegacy) return;
  if (!flags.bool("keep-annotations")) delete pod.metadata["annotations"];
  if (!flags.bool("keep-init-containers")) delete pod.spec["initContainers"];
  for (const container of (pod.spec["containers"] ?? []) as Fields[]) {
    for (const [probe, flag] of Object.entries(PROBES)) if (!flags.bool(flag)) delete container[probe];
  }
  pod.spec["shareProcessNamespace"] ??= true;
}
