/** Warnings that come with every use of a deprecated API. Source: the `+k8s:prerelease-lifecycle-gen` tags of k8s.io/api. */
import type { KindDefinition } from "../kinds/types.ts";
import { resourceNameOf } from "./kind-registry.ts";
import { minorOf } from "./version.ts";

interface Deprecation {
  readonly sinceMinor: number;
  readonly text: string;
}

const DEPRECATIONS: Readonly<Record<string, Deprecation>> = {
  endpoints: {
    sinceMinor: 33,
    text: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  },
  componentstatuses: { sinceMinor: 19, text: "v1 ComponentStatus is deprecated in v1.19+" },
};

export function deprecationWarnings(kind: KindDefinition, profile: string): readonly string[] {
  const deprecation = DEPRECATIONS[resourceNameOf(kind)];
  if (!deprecation) return [];
  const minor = Number(minorOf(profile).split(".")[1]);
  return minor >= deprecation.sinceMinor ? [deprecation.text] : [];
}
