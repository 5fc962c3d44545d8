/**
 * The three walk-throughs, typed into the real product in a real Chromium: lessons, worlds on
 * real time, terminals, checks. What is typed is what the public texts say.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../../server/cli/serve.ts";
import { launchChromium } from "./chromium.ts";
import { webRoot } from "./fake-lab.ts";
import { Visitor } from "./pages.ts";

const PATIENCE_MS = 120_000;

let browser: Browser;
let server: Awaited<ReturnType<typeof startServer>>;
let folder: string;

beforeAll(async () => {
  if (!existsSync(join(webRoot, "index.html"))) throw new Error("the page has not been built; run npm run build");
  folder = mkdtempSync(join(tmpdir(), "netpol-walk-"));
  [browser, server] = await Promise.all([launchChromium(), startServer({ host: "127.0.0.1", port: 0, data: folder })]);
}, PATIENCE_MS);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(lesson: string): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser);
  await visitor.page.goto(new URL(`/lesson/${lesson}`, server.url).href);
  await visitor.sees("$");
  return visitor;
}

/** Goes to the step with a check and presses its button. */
async function check(visitor: Visitor, step: string): Promise<void> {
  await visitor.page.getByRole("button", { name: step }).click();
  await visitor.page.getByRole("button", { name: /^Check/ }).click();
}

const podOf = (app: string): string =>
  `$(kubectl get pods --selector=app=${app} -o jsonpath='{.items[0].metadata.name}')`;

describe("typed in the browser", () => {
  test("W1: a log that streams in one terminal, an allowed and a denied caller in another", {
    timeout: PATIENCE_MS,
  }, async () => {
    const visitor = await open("T05-hello-there-target");
    const { page } = visitor;
    await visitor.type("kubectl apply -f examples/");
    await visitor.sees("deployment.apps/target created");
    await visitor.type("kubectl wait --for=condition=Available deployment --all --timeout=60s");
    await visitor.sees("deployment.apps/target condition met");
    await visitor.type(`kubectl logs ${podOf("target")} -f`);
    await page.getByRole("button", { name: "New terminal" }).click();
    await visitor.sees("$", "2");
    await visitor.type(
      `kubectl exec ${podOf("allowed")} -- /bin/sh -c "echo 'hello there target!' | nc -v target 2345"`,
    );
    await visitor.sees(/target \(10\.\d+\.\d+\.\d+:2345\) open/, "2");
    await visitor.sees(/-f\s+hello there target!/, "1");
    const heard = await visitor.screen("1");
    await visitor.type(
      `kubectl exec ${podOf("denied")} -- /bin/sh -c "echo 'hello there target!' | nc -v target 2345"`,
    );
    await page.waitForTimeout(1500);
    await page.keyboard.press("Control+c");
    await visitor.sees(/\^C\s+learner@terminal:~\$$/, "2");
    await visitor.type(`kubectl exec ${podOf("denied")} -- nc -v -w 2 target 2345`);
    await visitor.sees(
      /nc: target \(10\.\d+\.\d+\.\d+:2345\): Connection timed out\s+command terminated with exit code 1/,
      "2",
    );
    expect(await visitor.screen("1")).toBe(heard);
    await check(visitor, "Is it as it should be?");
    await page.getByText(/Checked: all \d hold/).waitFor();
    await page.locator('nl-terminal[data-terminal="2"]').click();
    await visitor.type("kubectl delete -f examples/");
    await visitor.sees('deployment.apps "target" deleted', "2");
    // The stream in the first terminal ends with its pod.
    await visitor.sees(/hello there target!\s+learner@terminal:~\$$/, "1");
    await visitor.leave();
  });

  test("W2: the client's template gets the label, in vi, and only then the page comes", {
    timeout: PATIENCE_MS,
  }, async () => {
    const visitor = await open("T06-the-api-client");
    const { page } = visitor;
    const fetchPage = "kubectl exec deploy/client -- wget -qO- --timeout=2 http://nginx";
    await visitor.type("kubectl apply -f nginx.yaml -f client.yaml");
    await visitor.type("kubectl rollout status deployment nginx client");
    await visitor.sees('deployment "client" successfully rolled out');
    await visitor.type(fetchPage);
    await visitor.sees("<title>Welcome to nginx!</title>");
    await visitor.type("clear; kubectl apply -f policy.yaml");
    await visitor.type(fetchPage);
    await visitor.sees(/wget: download timed out\s+command terminated with exit code 1/);
    await visitor.type("kubectl label deployment client role=apiclient");
    await check(visitor, "Your turn");
    await page.getByText(/Checked: 1 of 3 hold/).waitFor();
    await page.getByText("At the ingress of nginx: no rule of api-clients-only lets it through.").waitFor();
    await page.locator("nl-terminal[active]").click();
    await visitor.type("clear; KUBE_EDITOR=vi kubectl edit deployment client");
    await visitor.sees("# Please edit the object below");
    for (const keys of ["/template:", "/app: client"]) await visitor.type(keys);
    await page.keyboard.type("yypCrole: apiclient");
    await page.keyboard.press("Escape");
    await visitor.type(":wq");
    await visitor.sees("deployment.apps/client edited");
    await visitor.type("kubectl rollout status deployment client");
    await visitor.sees("successfully rolled out");
    await visitor.type(`clear; ${fetchPage}`);
    await visitor.sees("<title>Welcome to nginx!</title>");
    await page.getByRole("button", { name: /^Check/ }).click();
    await page.getByText(/Checked: all 3 hold/).waitFor();
    await page.locator("nl-terminal[active]").click();
    await visitor.type("clear; kubectl run -it --rm --labels=role=apiclient --image=busybox:1.30 tmp -- sh");
    await visitor.sees("/ #");
    await visitor.type("wget -qO- --timeout=2 http://nginx | grep title");
    await visitor.sees("<title>Welcome to nginx!</title>");
    await visitor.type("exit");
    await visitor.sees('pod "tmp" deleted');
    await visitor.leave();
  });

  test("W5: a policy typed in vim lets two calls through and holds the third", { timeout: PATIENCE_MS }, async () => {
    const visitor = await open("T19-backends-errands");
    const { page } = visitor;
    const call = (address: string): string => `kubectl -n project-snake exec backend-0 -- curl -s ${address}`;
    await visitor.type("kubectl -n project-snake get pod -L app");
    await visitor.sees(/NAME +READY +STATUS +RESTARTS +AGE +APP\s+backend-0 +1\/1 +Running/);
    await visitor.type(call("10.44.0.25:1111"));
    await visitor.sees("database one");
    await visitor.type(call("10.44.0.23:2222"));
    await visitor.sees("database two");
    await visitor.type(call("10.44.0.22:3333"));
    await visitor.sees("vault secret storage");
    await visitor.type("vim 24_np.yaml");
    await visitor.sees('"24_np.yaml" [New]');
    await page.keyboard.type("i");
    await visitor.sees("-- INSERT --");
    await page.keyboard.type(policy(["db1", "db2"], [1111, 2222], true));
    await page.keyboard.press("Escape");
    await visitor.type(":wq");
    await visitor.type("clear; kubectl apply -f 24_np.yaml");
    await visitor.sees("networkpolicy.networking.k8s.io/np-backend created");
    await check(visitor, "Try it");
    await page.getByText(/Checked: 2 of 3 hold/).waitFor();
    await expect
      .poll(async () => ((await page.locator("nl-verdict .flow").first().textContent()) ?? "").replace(/\s+/g, " "))
      .toContain("db2-0 TCP 1111");
    await page.locator("nl-terminal[active]").click();
    await visitor.type("vim 24_np.yaml");
    await visitor.sees("podSelector");
    await page.keyboard.type("ggdGi");
    await page.keyboard.type(policy(["db1", "db2"], [1111, 2222], false));
    await page.keyboard.press("Escape");
    await visitor.type(":wq");
    await visitor.type("clear; kubectl apply -f 24_np.yaml");
    await visitor.sees("networkpolicy.networking.k8s.io/np-backend configured");
    await visitor.type(call("10.44.0.25:1111"));
    await visitor.sees("database one");
    await visitor.type(call("10.44.0.23:2222"));
    await visitor.sees("database two");
    await visitor.type(`clear; ${call("10.44.0.22:3333")}`);
    await page.waitForTimeout(1500);
    await page.keyboard.press("Control+c");
    await visitor.sees(/\^C\s+learner@terminal:~\$$/);
    await page.getByRole("button", { name: /^Check/ }).click();
    await page.getByText(/Checked: all 3 hold/).waitFor();
    await visitor.leave();
  });
});

/** As a person types it; `isCrossed` is the wrong answer with everything in one rule. */
function policy(apps: readonly string[], ports: readonly number[], isCrossed: boolean): string {
  const peer = (app: string): string => `        - podSelector:\n            matchLabels:\n              app: ${app}\n`;
  const port = (number: number): string => `        - protocol: TCP\n          port: ${number}\n`;
  const rules = isCrossed
    ? `    - to:\n${apps.map(peer).join("")}      ports:\n${ports.map(port).join("")}`
    : apps.map((app, index) => `    - to:\n${peer(app)}      ports:\n${port(ports[index] ?? 0)}`).join("");
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: np-backend
  namespace: project-snake
spec:
  podSelector:
    matchLabels:
      app: backend
  policyTypes:
    - Egress
  egress:
${rules}`;
}
