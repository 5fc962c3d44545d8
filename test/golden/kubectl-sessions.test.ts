/**
 * What candidates and readers of tutorials type, where no recording has it: commands on the terminal host of a
 * fresh cluster, and what the real ones print. Wording is checked against the sources of kubectl 1.36.
 */
import { afterEach, describe, expect, it } from "vitest";
import { bootWorld } from "../../server/sim/world.ts";
import type { World } from "../../server/sim/world-types.ts";
import { hostEnvironment, recordedCluster } from "./replay.ts";

let world: World | undefined;

afterEach(() => {
  world?.stop();
  world = undefined;
});

/** Runs each command; gives what it printed, standard error first, and the exit status unless it is 0. */
async function session(...commands: readonly string[]): Promise<readonly string[]> {
  world ??= bootWorld({ image: await recordedCluster(), host: hostEnvironment(), clock: "virtual" });
  const said: string[] = [];
  for (const command of commands) {
    const { stdout, stderr, exitCode } = await world.runCommand(command, { cwd: "/tmp", stdin: "" });
    said.push(`${stderr}${stdout}${exitCode === 0 ? "" : `exit ${exitCode}\n`}`);
  }
  return said;
}

describe("kubectl drain", () => {
  it("evicts what the disruption budget allows, and tries again until the rest may go", async () => {
    await session(
      "kubectl create deployment web --image=nginx --replicas=4",
      "kubectl wait --for=condition=Available deploy/web",
      "kubectl create pdb web --selector=app=web --min-available=3; sleep 1",
    );
    const [said] = await session("kubectl drain node01 --ignore-daemonsets 2>&1");
    expect(said?.match(/^pod\/web-\S+ evicted$/gm)).toHaveLength(2);
    expect(said).toMatch(
      /^error when evicting pods\/"web-\S+" -n "default" \(will retry after 5s\): Cannot evict pod/m,
    );
    expect(said).toMatch(/^node\/node01 drained$/m);
  });
});

describe("kubectl replace --force -f -", () => {
  it("reads standard input once for deletion and creation", async () => {
    expect(
      await session(
        "kubectl create cm c --from-literal=a=b",
        "kubectl get cm c -o yaml | sed s/b$/z/ | kubectl replace --force -f -",
        "kubectl get cm c -o jsonpath='{.data.a}'",
        "echo | kubectl replace --force -f -",
      ),
    ).toEqual([
      "configmap/c created\n",
      'configmap "c" deleted from default namespace\nconfigmap/c replaced\n',
      "z",
      "error: no objects passed to replace\nNo resources found\nexit 1\n",
    ]);
  });
});

describe("a custom resource with a scale subresource", () => {
  const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            description: What is wanted.
            required: [size]
            properties:
              size: {type: integer, description: How many.}
              tier: {type: string, enum: [a, b, c, d, e]}
              jobs: {type: array, description: The jobs., items: {type: object, description: One job., properties: {name: {type: string}}}}`;
  const object = `{"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"my"},"spec":{"size":2}}`;

  it("is scaled, and explained from the schema it brings", async () => {
    const [, , ...said] = await session(
      `kubectl apply -f - <<'X'${definition}\nX`,
      `echo '${object}' | kubectl apply -f -`,
      "kubectl scale ct my --replicas=3 --current-replicas=2",
      "kubectl get ct my -o jsonpath='{.spec.size}'",
      "kubectl explain crontabs.stable.example.com.spec",
      "kubectl explain ct.spec.jobs | sed -n /FIELD:/,\\$p",
      "kubectl explain ct.spec.nothing",
    );
    expect(said).toEqual([
      "crontab.stable.example.com/my scaled\n",
      "3",
      `GROUP:      stable.example.com
KIND:       CronTab
VERSION:    v1

FIELD: spec <Object>


DESCRIPTION:
    What is wanted.
    
FIELDS:
  jobs\t<[]Object>
    The jobs.

  size\t<integer> -required-
    How many.

  tier\t<string>
  enum: a, b, c, d, ....
    <no description>


`,
      `FIELD: jobs <[]Object>


DESCRIPTION:
    The jobs.
    One job.
    
FIELDS:
  name\t<string>
    <no description>


`,
      'error: field "nothing" does not exist\nexit 1\n',
    ]);
  });
});

describe("a Deployment whose pods are refused", () => {
  it("says why in its conditions, and its ReplicaSet in events that do not pile up", async () => {
    const [, , said] = await session(
      "kubectl create quota q --hard=pods=0; kubectl create deployment web --image=nginx",
      "sleep 30",
      "kubectl describe deploy web | sed -n '/^Conditions/,/^OldReplicaSets/p'; kubectl get events -o custom-columns=M:.message | sed 's/[a-z0-9]\\{5\\}\" is/X\" is/' | sort | uniq -c",
    );
    expect(said).toMatch(/ {2}ReplicaFailure +True +FailedCreate\n/);
    expect(said).toMatch(
      / 9 Error creating: pods "web-[a-z0-9]+-X" is forbidden: exceeded quota: q, requested: pods=1/,
    );
    expect(said).toMatch(/ 1 \(combined from similar events\): Error creating: pods "web-/);
  });
});
