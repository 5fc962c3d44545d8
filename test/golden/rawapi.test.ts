/**
 * Replays HTTP requests recorded from a real kube-apiserver v1.36.3. Generated values (uids,
 * revisions, times, suffixes) are replaced on both sides before comparing.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bootstrapObjects } from "../../server/sim/kube/api/bootstrap.ts";
import { createApiServer } from "../../server/sim/kube/api/server.ts";
import type { ApiClient } from "../../server/sim/kube/api/types.ts";
import { callerOf, ManualClock, seededRandom, TEST_ADMIN } from "../../server/sim/kube/testing/test-server.ts";

interface Recorded {
  readonly note: string | null;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const recordings = JSON.parse(readFileSync(new URL("../fixtures/rawapi.json", import.meta.url), "utf8")) as Recorded[];

/** A GET that was recorded after its answer had been edited: it cannot be compared. */
const EDITED = 39;
/** Needs a kubelet's log. */
const NEEDS_KUBELET = 63;

/** In these bodies uid and resourceVersion were blanked; what they must have been is put back. */
const REPAIRS: Readonly<Record<number, Readonly<Record<string, string | undefined>>>> = {
  40: { uid: undefined },
  41: { uid: undefined, resourceVersion: "1" },
  42: { uid: undefined },
};

/** What the scheduler and the kubelet had done before a request. */
const MEANWHILE: Readonly<Record<number, (client: ApiClient) => void>> = {
  64: (client) => {
    client.create("pods/binding", {
      metadata: { name: "p", namespace: "default" },
      target: { kind: "Node", name: "node01" },
    });
  },
  65: (client) => client.delete("pods", "default", "p", { gracePeriodSeconds: 0 }),
};

function bodyOf(index: number, body: unknown): unknown {
  const repair = REPAIRS[index];
  if (!repair) return body;
  const object = body as { metadata: Record<string, string> };
  return { ...object, metadata: { ...object.metadata, ...repair } };
}

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function normalise(value: unknown, hasManagedFields: boolean): unknown {
  const text = JSON.stringify(value, (key, child) => {
    // Most recorded bodies had their managedFields removed.
    if (key === "managedFields" && !hasManagedFields) return undefined;
    return child;
  });
  return JSON.parse(
    text
      .replaceAll(UID, "<UID>")
      .replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":"<RV>"')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "<TIME>")
      .replaceAll(/(kube-api-access-|gen-)[a-z0-9]{5}/g, "$1<HASH>"),
  );
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

describe("recorded HTTP requests", () => {
  const parts = createApiServer({ clock: new ManualClock(), random: seededRandom() });
  bootstrapObjects({ client: parts.client, advertiseAddress: "172.30.1.2" });
  parts.client.create("serviceaccounts", { metadata: { name: "default", namespace: "default" } });
  const call = callerOf(parts.server);

  recordings.forEach((recorded, index) => {
    const { method, path } = recorded.request;
    const title = `${index} ${method} ${path}${recorded.note ? ` (${recorded.note})` : ""}`;
    it.runIf(index !== EDITED && index !== NEEDS_KUBELET)(title, async () => {
      MEANWHILE[index]?.(parts.client);
      const isUnknownUser = recorded.note === "anonymous" || recorded.note === "bad token";
      const answer = await call(method, path, {
        headers: lowerCase(recorded.request.headers),
        body: bodyOf(index, recorded.request.body),
        user: isUnknownUser ? null : TEST_ADMIN,
      });
      const hasManagedFields = JSON.stringify(recorded.body).includes("managedFields");
      expect(normalise(answer.json, hasManagedFields)).toEqual(normalise(recorded.body, hasManagedFields));
      expect(answer.status).toBe(recorded.status);
      const { "content-type": type, warning } = answer.headers;
      expect({ type, warning }).toEqual({
        type: recorded.headers["Content-Type"],
        warning: recorded.headers["Warning"],
      });
    });
  });
});
