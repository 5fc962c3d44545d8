import { describe, expect, it } from "vitest";
import type { KubeObject } from "../api/types.ts";
import { pod } from "./pod.ts";
import { errorText, KindHarness } from "./testing/harness.ts";
import type { Draft } from "./types.ts";

const TOKEN_VOLUME = {
  name: "kube-api-access-tkbkz",
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
      {
        downwardAPI: {
          items: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" }],
        },
      },
    ],
  },
};
const TOKEN_MOUNT = {
  mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
  name: "kube-api-access-tkbkz",
  readOnly: true,
};

/** A pod as the server stores it, with what admission adds. */
function podWith(container: Draft, spec: Draft = {}): KubeObject {
  const harness = new KindHarness();
  const volumeMounts = container["volumeMounts"] === null ? undefined : [TOKEN_MOUNT];
  const draft = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "ok", namespace: "default" },
    spec: {
      containers: [{ name: "c", image: "nginx", ...container, volumeMounts }],
      volumes: [TOKEN_VOLUME],
      serviceAccountName: "default",
      ...spec,
    },
  };
  pod.applyDefaults?.(draft as Draft, harness.context);
  return draft as unknown as KubeObject;
}

function changeErrors(changed: KubeObject): readonly string[] {
  const { context } = new KindHarness();
  return (pod.validateUpdate?.(changed, podWith({}), context) ?? []).map(errorText);
}

const FORBIDDEN =
  "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

describe("pod updates", () => {
  it("may change an image and add a toleration", () => {
    const toleration = { key: "a", operator: "Exists" };
    expect(
      changeErrors(podWith({ image: "nginx:1.27", imagePullPolicy: "Always" }, { tolerations: [toleration] })),
    ).toEqual([]);
  });

  // Recorded: golden validation/workloads.
  it("refuse a changed command with the difference of the internal form", () => {
    expect(changeErrors(podWith({ command: ["sleep", "1"] }))).toEqual([
      `${FORBIDDEN}@@ -93,7 +93,10 @@
   {
    "Name": "c",
    "Image": "nginx",
-   "Command": null,
+   "Command": [
+    "sleep",
+    "1"
+   ],
    "Args": null,
    "WorkingDir": "",
    "Ports": null,

`,
    ]);
  });

  it("refuse a renamed container that lost its token, in two hunks", () => {
    expect(changeErrors(podWith({ name: "renamed", volumeMounts: null }))).toEqual([
      `${FORBIDDEN}@@ -91,7 +91,7 @@
  "InitContainers": null,
  "Containers": [
   {
-   "Name": "c",
+   "Name": "renamed",
    "Image": "nginx",
    "Command": null,
    "Args": null,
@@ -107,17 +107,7 @@
    "ResizePolicy": null,
    "RestartPolicy": null,
    "RestartPolicyRules": null,
-   "VolumeMounts": [
-    {
-     "Name": "kube-api-access-tkbkz",
-     "ReadOnly": true,
-     "RecursiveReadOnly": null,
-     "MountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
-     "SubPath": "",
-     "MountPropagation": null,
-     "SubPathExpr": ""
-    }
-   ],
+   "VolumeMounts": null,
    "VolumeDevices": null,
    "LivenessProbe": null,
    "ReadinessProbe": null,

`,
    ]);
  });

  it("refuse a changed restart policy at the line where the server shows it", () => {
    expect(changeErrors(podWith({}, { restartPolicy: "Never" }))).toEqual([
      `${FORBIDDEN}@@ -133,7 +133,7 @@
   }
  ],
  "EphemeralContainers": null,
- "RestartPolicy": "Always",
+ "RestartPolicy": "Never",
  "TerminationGracePeriodSeconds": 30,
  "ActiveDeadlineSeconds": null,
  "DNSPolicy": "ClusterFirst",

`,
    ]);
  });
});
