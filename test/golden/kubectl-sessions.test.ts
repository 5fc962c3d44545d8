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
