import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { kinds } from "./index.ts";
import { fixture, KindHarness } from "./testing/harness.ts";

interface Step {
  readonly verb: "apply" | "create";
  readonly yaml: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is decided before an object reaches its kind: by the client, the decoder or admission. */
const EARLIER =
  /unable to decode|BadRequest|NotFound|Forbidden\)|error parsing|error validating|resource mapping|AlreadyExists|error: from |may not be empty/;

/** The field errors in kubectl's message, in order. */
function recordedErrors(stderr: string): readonly string[] {
  const list = /^The \S+ ".*" is invalid: ?\n?([\s\S]*)$/m.exec(stderr)?.[1];
  if (list === undefined) return [];
  const text = list.replace(/\n$/, "");
  return text.startsWith("* ") ? text.slice(2).split("\n* ") : [text];
}

describe("validation, as recorded", () => {
  for (const { name, steps } of fixture<readonly { readonly name: string; readonly steps: readonly Step[] }[]>(
    "validation",
  )) {
    const harness = new KindHarness();
    for (const [index, step] of steps.entries()) {
      if (EARLIER.test(step.stderr)) continue;
      // Updates of pods that admission has changed are compared elsewhere.
      if (step.stderr.includes("kube-api-access") || /^@@ -9\d/m.test(step.stderr)) continue;
      it(`${name} ${index}: ${step.yaml.split("\n").slice(2).join(" ").slice(0, 90)}`, () => {
        const outcomes = harness.applyAll(step.yaml);
        expect(outcomes.flatMap((outcome) => outcome.errors)).toEqual(recordedErrors(step.stderr));
        const warnings = step.stderr.split("\n").filter((line) => line.startsWith("Warning: "));
        const ours = outcomes.flatMap((outcome) => outcome.warnings).map((warning) => `Warning: ${warning}`);
        if (step.stdout.includes("created")) expect(ours).toEqual(warnings);
      });
    }
  }
});

describe("defaults, as recorded", () => {
  const { manifests, stored } = fixture<{
    readonly manifests: string;
    readonly stored: Readonly<Record<string, string>>;
  }>("defaults");
  const harness = new KindHarness();
  const outcomes = harness.applyAll(manifests);
  const recorded = Object.values(stored).map((text) => parse(text) as Record<string, unknown>);

  it.each(outcomes.map(({ object }) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    "%s",
    (_, object) => {
      const match = recorded.find(
        (candidate) =>
          candidate["kind"] === object.kind &&
          (candidate["metadata"] as { name: string }).name === object.metadata.name,
      );
      const { metadata: _a, status: _b, apiVersion: _c, kind: _d, ...expected } = match ?? {};
      const { metadata: _e, status: _f, apiVersion: _g, kind: _h, ...ours } = object as Record<string, unknown>;
      expect(withoutChance(ours)).toEqual(withoutChance(expected));
    },
  );
});

/** Leaves out what is drawn, and what admission, scheduler and controllers add. */
function withoutChance(object: Record<string, unknown>): unknown {
  const text = JSON.stringify(object)
    .replaceAll(/"(clusterIP)":"10\.[0-9.]+"/g, '"$1":"IP"')
    .replaceAll(/"clusterIPs":\["10\.[0-9.]+"\]/g, '"clusterIPs":["IP"]')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID");
  const copy = JSON.parse(text) as { spec?: Record<string, unknown> };
  if (copy.spec !== undefined && "containers" in copy.spec) {
    for (const field of [
      "nodeName",
      "preemptionPolicy",
      "priority",
      "serviceAccount",
      "serviceAccountName",
      "tolerations",
    ]) {
      delete copy.spec[field];
    }
    const isToken = (entry: { name: string }) => entry.name.startsWith("kube-api-access");
    const volumes = copy.spec["volumes"] as { name: string }[];
    copy.spec["volumes"] = volumes.filter((volume) => !isToken(volume));
    for (const container of [...(copy.spec["containers"] as never[]), ...(copy.spec["initContainers"] as never[])] as {
      volumeMounts?: { name: string }[];
    }[]) {
      const mounts = (container.volumeMounts ?? []).filter((mount) => !isToken(mount));
      if (mounts.length === 0) delete container.volumeMounts;
      else container.volumeMounts = mounts;
    }
  }
  if (copy.spec?.["storageClassName"] === "local-path") delete copy.spec["storageClassName"];
  return copy;
}

describe("table columns, as recorded", () => {
  const recorded = fixture<Readonly<Record<string, unknown>>>("columns");
  it.each(Object.keys(recorded).filter((resource) => recorded[resource] !== null))("%s", (resource) => {
    const kind = kinds.find((candidate) => resource === [candidate.plural, candidate.group].filter(Boolean).join("."));
    const columns = kind?.columns.map(({ name, type, format, priority, description }) => ({
      name,
      type,
      format,
      description,
      priority,
    }));
    expect(columns).toEqual(recorded[resource]);
  });
});
