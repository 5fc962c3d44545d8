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

describe("kubectl --record", () => {
  it("notes the command as the change's cause, arguments before flags", async () => {
    const [, , , said] = await session(
      "kubectl create deployment web --image=nginx:1.25; kubectl rollout status deploy/web",
      "kubectl set image deploy/web nginx=nginx:1.26 --record; kubectl rollout status deploy/web",
      "kubectl -n default scale deploy web --record --replicas=2 2>/dev/null; kubectl rollout status deploy/web",
      "kubectl rollout history deploy/web; kubectl get deploy web -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'",
    );
    expect(said).toBe(`deployment.apps/web \nREVISION  CHANGE-CAUSE
1         <none>
2         kubectl scale deploy web --namespace=default --record=true --replicas=2

kubectl scale deploy web --namespace=default --record=true --replicas=2`);
  });
});

describe("kubectl set env", () => {
  it("takes variables from a ConfigMap, keeps the prefix as it is, and lists what they stand for", async () => {
    const [, , ...said] = await session(
      "kubectl create cm cfg --from-literal=max-size=1 --from-literal=Y=2; kubectl create deployment web --image=nginx",
      "kubectl create secret generic s --from-literal=pw=hush",
      "kubectl set env deploy/web --from=cm/cfg --prefix=cfg_",
      "kubectl set env deploy/web A=b --from=secret/s",
      "kubectl set env deploy/web --list",
      "kubectl delete cm cfg -o name; kubectl set env deploy/web --list --resolve",
      "kubectl set env deploy/web A=c --overwrite=false",
      "kubectl set env deploy/web A=c -c side",
      "kubectl set resources deploy/web --limits=cpu=1 -c side",
      "kubectl set env deploy/web --keys=x A=b",
    );
    expect(said).toEqual([
      "Warning: key max-size transferred to MAX_SIZE\ndeployment.apps/web env updated\n",
      "Warning: key pw transferred to PW\ndeployment.apps/web env updated\n",
      `# Deployment web, container nginx
# cfg_Y from configmap cfg, key Y
# cfg_MAX_SIZE from configmap cfg, key max-size
A=b
# PW from secret s, key pw
`,
      `error retrieving reference for cfg_MAX_SIZE, cfg_Y: configmaps "cfg" not found
configmap/cfg
# Deployment web, container nginx
# cfg_Y from configmap cfg, key Y
# cfg_MAX_SIZE from configmap cfg, key max-size
A=b
PW=hush
`,
      "error: deployments.apps/web 'A' already has a value (b), and --overwrite is false\nexit 1\n",
      'Warning: Deployment/web does not have any containers matching "side"\n',
      "error: unable to find container named side\nexit 1\n",
      "error: when specifying --keys, a configmap or secret must be provided with --from\nexit 1\n",
    ]);
  });
});

describe("kubectl diff", () => {
  it("compares a file that holds an old resourceVersion", async () => {
    const [, said] = await session(
      "kubectl create cm c --from-literal=a=b; kubectl get cm c -o yaml > c.yaml; kubectl label cm c x=y; sed -i s/b$/z/ c.yaml",
      "kubectl diff -f c.yaml 2>&1 | grep '^[-+] '",
    );
    expect(said).toBe("-  a: b\n+  a: z\n");
  });
});

describe("kubectl patch", () => {
  it("patches by itself with --local and --dry-run=client", async () => {
    const [, ...said] = await session(
      "kubectl create deployment web --image=nginx --dry-run=client -o yaml > w.yaml; kubectl create -f w.yaml",
      `kubectl patch -f w.yaml --local --type=json -p '[{"op":"add","path":"/metadata/labels/a~1b","value":"c"},{"op":"remove","path":"/spec/strategy"}]' -o jsonpath='{.metadata.labels} {.spec.strategy}'`,
      `kubectl patch deploy web --dry-run=client -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","image":"httpd"}]}}}}' -o jsonpath='{.spec.template.spec.containers[*].image}'`,
      "kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[*].image}'",
      `kubectl patch -f w.yaml --local --type=json -p '[{"op":"test","path":"/spec/replicas","value":9}]'`,
      `kubectl patch -f w.yaml --local --type=merge -p '{"spec":{"replicas":1}}'`,
    );
    expect(said).toEqual([
      '{"a/b":"c","app":"web"} ',
      "httpd",
      "nginx",
      "error: testing value /spec/replicas failed: test failed\nexit 1\n",
      "deployment.apps/web patched (no change)\n",
    ]);
  });
});

describe("volumes of a pod", () => {
  const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data: {a: "1"}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {a: "1"}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  securityContext: {runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000}
  containers:
  - name: c
    image: busybox
    command: [sleep, "3600"]
    volumeMounts: [{name: e, mountPath: /e}, {name: cm, mountPath: /cm}, {name: cm, mountPath: /one/a, subPath: a}, {name: s, mountPath: /s}]
  volumes:
  - {name: e, emptyDir: {}}
  - {name: cm, configMap: {name: cm}}
  - {name: s, secret: {secretName: hidden, defaultMode: 0400}}`;

  it("belong to the fsGroup, and show API objects read-only", async () => {
    const [, said] = await session(
      `kubectl apply -f - <<'X'${manifest}\nX\nkubectl wait --for=condition=Ready pod/p`,
      'kubectl exec p -- sh -c \'touch /e/a; ls -nd /e /cm /s | cut -d" " -f1,3,4; stat -Lc "%A %u %g" /e/a /s/a; touch /cm/b; echo z > /one/a; grep -c " /s tmpfs ro" /proc/mounts\' 2>&1',
    );
    expect(said).toBe(`drwxrwsrwx 0 2000
drwxrwsrwx 0 2000
drwxrwsrwt 0 2000
-rw-r--r-- 1000 2000
-r--r----- 0 2000
touch: /cm/b: Read-only file system
sh: can't create /one/a: Read-only file system
1
`);
  });
});

describe("a CronJob", () => {
  it("counts as active only what its schedule started, and says when that is done", async () => {
    const [, , said] = await session(
      "kubectl create cronjob c --image=busybox --schedule='* * * * *' -- true",
      "kubectl create job by-hand --from=cronjob/c -- sleep 200 || kubectl create job by-hand --from=cronjob/c",
      "kubectl get cj c --no-headers | awk '{print $9}'; sleep 70; kubectl describe cj c | sed -n '/^Events/,$p' | sed 's/[0-9]*s .*cronjob/S cronjob/; s/c-[0-9]*/c-N/'",
    );
    expect(said).toMatch(/^0\n/);
    expect(said).toContain("Saw a job that the controller did not create or forgot: by-hand");
    expect(said).toContain("Created job c-N");
    expect(said).toContain("Saw completed job: c-N, condition: Complete");
  });
});

describe("kubectl get componentstatuses", () => {
  it("asks the components of the control plane", async () => {
    expect(await session("kubectl get cs", "kubectl get cs etcd-0 -o jsonpath='{.conditions[0]}'")).toEqual([
      `Warning: v1 ComponentStatus is deprecated in v1.19+
NAME                 STATUS    MESSAGE   ERROR
scheduler            Healthy   ok        
controller-manager   Healthy   ok        
etcd-0               Healthy   ok        
`,
      `Warning: v1 ComponentStatus is deprecated in v1.19+
{"message":"ok","status":"True","type":"Healthy"}`,
    ]);
  });
});

describe("kubectl cp", () => {
  it("copies files and folders into a container and back", async () => {
    const [, , said] = await session(
      "kubectl run p --image=nginx; kubectl wait --for=condition=Ready pod/p; mkdir -p d/e; echo one > d/e/f",
      "kubectl cp d p:/tmp/d; kubectl cp d/e/f default/p:/tmp/g; kubectl cp p:/tmp/d back 2>/dev/null",
      "kubectl exec p -- cat /tmp/d/e/f /tmp/g; cat back/e/f",
    );
    expect(said).toBe("one\none\none\n");
  });
});

describe("an autoscaler without a metrics API", () => {
  it("keeps the bounds, and says what it cannot get", async () => {
    const [, , low, text, high] = await session(
      "kubectl create deployment web --image=nginx; kubectl autoscale deployment web --min=2 --max=4 --cpu=80%",
      "kubectl get hpa --no-headers | awk '{print $7}'",
      "sleep 16; kubectl get deploy web -o jsonpath='{.spec.replicas}'",
      "sleep 200; kubectl describe hpa web | sed -n '/^Deployment pods/,$p' | cut -c1-120",
      "kubectl scale deploy web --replicas=9; sleep 20; kubectl get deploy web -o jsonpath='{.spec.replicas}'",
    );
    expect(low).toBe("2");
    expect(high).toBe("deployment.apps/web scaled\n4");
    expect(text).toContain("Deployment pods:                                       2 current / 2 desired\n");
    expect(text).toContain("  AbleToScale    True    SucceededGetScale        the HPA controller was able to get");
    expect(text).toContain(
      "  ScalingActive  False   FailedGetResourceMetric  the HPA was unable to compute the replica count",
    );
    expect(text).toMatch(/SuccessfulRescale .* New size: 2; reason/);
    expect(text).toMatch(/Warning {2}FailedComputeMetricsReplicas .*invalid metrics/);
  });
});

describe("kubectl debug --copy-to", () => {
  it("copies a pod with another container, or with other images", async () => {
    const [, ...said] = await session(
      "kubectl run p --image=nginx --labels=app=x; kubectl wait --for=condition=Ready pod/p",
      "kubectl debug p --copy-to=c -c dbg --image=busybox -- sleep 1d; sleep 5; kubectl get pod c -o jsonpath='{.spec.containers[*].name} {.metadata.labels} {.spec.shareProcessNamespace} {.status.phase}'",
      "kubectl exec c -c dbg -- wget -qO- localhost | grep -c '<h1>Welcome'",
      "kubectl debug p --copy-to=i --set-image=*=httpd --replace --same-node; kubectl get pods -o name; kubectl get pod i -o jsonpath='{.spec.containers[*].image} {.metadata.labels}'",
      "kubectl debug c -it --image=busybox --copy-to=x --target=p",
      "kubectl debug c",
      "kubectl debug c --image=busybox --profile=none",
    );
    expect(said).toEqual([
      "p dbg  true Running",
      "1\n",
      'pod/c\npod/i\nhttpd {"app":"x"}',
      "error: --target is incompatible with --copy-to. Use --share-processes instead.\nexit 1\n",
      "error: you must specify --image when not using --copy-to.\nexit 1\n",
      "error: unknown profile: none\nexit 1\n",
    ]);
  });
});

describe("kubectl rollout", () => {
  it("restarts all of a kind, and shows revisions as objects", async () => {
    const [, ...said] = await session(
      "kubectl create deployment a --image=nginx:1.25; kubectl create deployment b --image=nginx:1.25; sleep 1",
      "kubectl set image deploy/a nginx=nginx:1.26 other=x",
      "kubectl rollout history deploy/a --revision=1 -o jsonpath='{.kind} {.spec.template.spec.containers[0].image}'",
      "kubectl rollout history deploy/a -o jsonpath='{.spec.template.spec.containers[0].image} '",
      "kubectl rollout restart deploy",
      "kubectl rollout restart ds",
    );
    expect(said).toEqual([
      'error: unable to find container named "other"\ndeployment.apps/a image updated\nexit 1\n',
      "ReplicaSet nginx:1.25",
      "nginx:1.25 nginx:1.26 ",
      "deployment.apps/a restarted\ndeployment.apps/b restarted\n",
      "No resources found in default namespace.\n",
    ]);
  });
});

describe("a ClusterRole with an aggregation rule", () => {
  it("has the rules of the roles its selectors match", async () => {
    const [, said] = await session(
      "kubectl create clusterrole all --aggregation-rule=x/part=true; kubectl create clusterrole part --verb=get --resource=pods; kubectl label clusterrole part x/part=true; kubectl create clusterrolebinding jane --clusterrole=all --user=jane",
      "kubectl auth can-i get pods --as=jane; kubectl label clusterrole part x/part-; kubectl auth can-i get pods --as=jane; kubectl get clusterrole admin -o jsonpath='{.metadata.resourceVersion}' | wc -c",
    );
    expect(said).toMatch(/^yes\nclusterrole.rbac.authorization.k8s.io\/part unlabeled\nno\n/);
  });
});

describe("a pod of high priority", () => {
  it("takes the place of less important ones", async () => {
    const vip = `{"spec":{"priorityClassName":"hi","containers":[{"name":"vip","image":"nginx","resources":{"requests":{"cpu":"1500m"}}}]}}`;
    const [, refused, ...said] = await session(
      "kubectl create priorityclass hi --value=1000; kubectl create priorityclass mild --value=2000 --preemption-policy=Never; kubectl create deployment web --image=nginx --replicas=2; kubectl set resources deploy web --requests=cpu=1; kubectl rollout status deploy web",
      `kubectl run never --image=nginx --overrides='${vip.replace('"hi"', '"mild"').replace('"vip"', '"never"')}'; sleep 1; kubectl get events --field-selector involvedObject.name=never -o jsonpath='{.items[*].message}'; kubectl delete pod never -o name`,
      `kubectl run vip --image=nginx --overrides='${vip}'; kubectl get pod vip -o jsonpath='{.status.nominatedNodeName}' | cut -c1-4; kubectl wait --for=condition=Ready pod/vip --timeout=60s`,
      "kubectl get pods --no-headers | awk '{print $3}' | sort | uniq -c | sed 's/^ *//'",
      "kubectl get events --field-selector reason=Preempted -o jsonpath='{.items[*].message}' | sed 's/pod [0-9a-f-]* on/pod UID on/'; kubectl get events --field-selector involvedObject.name=vip,reason=FailedScheduling -o jsonpath='{.items[0].message}'",
    );
    expect(refused).toContain("2 No preemption victims found for incoming pod");
    expect(said).toEqual([
      "pod/vip created\nnode\npod/vip condition met\n",
      "1 Pending\n2 Running\n",
      expect.stringMatching(
        /^Preempted by pod UID on node node0[12]0\/3 nodes are available: 1 node\(s\) had untolerated taint\(s\), 2 Insufficient cpu\.$/,
      ),
    ]);
  });
});

describe("pods without a node to run on", () => {
  it("wait for their gates, and are collected some time after their node is gone", async () => {
    const [, ...said] = await session(
      `kubectl run gated --image=nginx --overrides='{"spec":{"schedulingGates":[{"name":"x/y"}]}}'; kubectl run lost --image=nginx --overrides='{"spec":{"nodeName":"ghost"}}'; sleep 5`,
      "kubectl get pods --no-headers | awk '{print $1, $3}'",
      `kubectl patch pod gated --type=json -p '[{"op":"remove","path":"/spec/schedulingGates"}]'; sleep 50; kubectl get pods --no-headers | awk '{print $1, $3}'`,
    );
    expect(said).toEqual(["gated SchedulingGated\nlost Pending\n", "pod/gated patched\ngated Running\n"]);
  });
});
