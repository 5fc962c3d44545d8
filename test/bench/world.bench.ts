/** What one world costs: boot, memory, idleness, a kubectl call, a walk-through on virtual time. */
import { resolve } from "node:path";
import { processHost } from "../../server/session/host.ts";
import { loadLesson } from "../../server/session/lesson-library.ts";
import { bootWorld, createBootImage } from "../../server/sim/world.ts";
import type { World } from "../../server/sim/world-types.ts";
import { type Figure, median, percentile, printFigures, timed } from "./table.ts";

const host = processHost((error, context) => process.stderr.write(`fault in ${context}: ${String(error)}\n`));
const collect = (globalThis as { readonly gc?: () => void }).gc ?? (() => {});
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const figures: Figure[] = [];

const image = await createBootImage({}, host, "real");
const boots: number[] = [];
for (let round = 0; round < 30; round++) {
  boots.push(
    await timed(() => {
      bootWorld({ image, host, clock: "real" }).stop();
    }),
  );
}
figures.push({ name: "boot of a world, median of 30", value: median(boots), unit: "ms", aim: 20 });

const COUNT = 100;
collect();
await pause(200);
collect();
const before = process.memoryUsage().heapUsed;
const worlds: World[] = Array.from({ length: COUNT }, () => bootWorld({ image, host, clock: "real" }));
// Booted containers are probed for a while before they come to rest.
await pause(30_000);
collect();
figures.push({
  name: "heap of a booted world, mean of 100",
  value: (process.memoryUsage().heapUsed - before) / COUNT / 1024,
  unit: "KB",
  aim: 600,
});
// The host sweeps what it has just collected: not the worlds' doing.
await pause(3000);
const cpuBefore = process.cpuUsage();
await pause(5000);
const cpu = process.cpuUsage(cpuBefore);
figures.push({
  name: "CPU of 100 idle worlds over 5 s",
  value: ((cpu.user + cpu.system) / 5e6) * 100,
  unit: "%",
  aim: 0.5,
});
for (const world of worlds) world.stop();

const virtual = bootWorld({ image: await createBootImage({}, host, "virtual"), host, clock: "virtual" });
const shell = virtual.openShell();
await shell.execute("kubectl create deployment web --image=nginx --replicas=5; kubectl rollout status deploy/web");
const calls: number[] = [];
for (let round = 0; round < 60; round++) calls.push(await timed(() => shell.execute("kubectl get pods")));
figures.push({ name: "kubectl get pods, median of 60", value: median(calls.slice(10)), unit: "ms", aim: 5 });
figures.push({ name: "kubectl get pods, p95", value: percentile(calls.slice(10), 0.95), unit: "ms", aim: 10 });
virtual.stop();

const lesson = loadLesson(resolve("lessons"), "T05-hello-there-target");
const w1Image = await createBootImage(lesson.scenario, host, "virtual");
const W1 = `kubectl apply -f examples/
kubectl wait --for=condition=Available deployment --all --timeout=60s
pod() { kubectl get pods --selector=app=$1 -o jsonpath='{.items[0].metadata.name}'; }
kubectl logs $(pod target) -f > /tmp/target.log &
kubectl exec $(pod allowed) -- /bin/sh -c "echo 'hello there target!' | nc -v target 2345"
kubectl exec $(pod denied) -- /bin/sh -c "echo 'hello there target!' | nc -v target 2345"
kubectl delete -f examples/
wait
grep -c 'hello there target!' /tmp/target.log`;
const walks: number[] = [];
for (let round = 0; round < 8; round++) {
  walks.push(
    await timed(async () => {
      const world = bootWorld({ image: w1Image, host, clock: "virtual" });
      const result = await world.runCommand(W1);
      if (result.stdout.trim().split("\n").at(-1) !== "1")
        throw new Error(`W1 went wrong: ${result.stdout}${result.stderr}`);
      world.stop();
    }),
  );
}
figures.push({ name: "W1 headless on virtual time, median of 8", value: median(walks), unit: "ms", aim: 300 });

printFigures("One world", figures);
process.exit();
