/** The page by itself, over a world of a few scripted commands, in a real Chromium. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { launchChromium } from "./chromium.ts";
import { startFakeLab, webRoot } from "./fake-lab.ts";
import { Visitor, type VisitOptions } from "./pages.ts";

// A browser on a busy machine takes its time; what waits here waits for something.
vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;
let lab: Awaited<ReturnType<typeof startFakeLab>>;

beforeAll(async () => {
  if (!existsSync(join(webRoot, "index.html"))) throw new Error("the page has not been built; run npm run build");
  [browser, lab] = await Promise.all([launchChromium(), startFakeLab()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await lab?.close();
  expect(lab?.faults).toEqual([]);
});

async function arrive(path: string, options: VisitOptions = {}): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser, options);
  await visitor.page.goto(new URL(path, lab.url).href);
  return visitor;
}

describe("home", () => {
  test("lists the lessons and opens one, which is then offered to be continued", async () => {
    const visitor = await arrive("/");
    const { page } = visitor;
    await page.getByRole("heading", { name: "Who may talk to whom?" }).waitFor();
    expect(await page.locator("nl-home .lesson h3").allTextContents()).toEqual([
      "Restrict who may call",
      "The API client",
      "Egress from a backend",
    ]);
    await page.getByRole("link", { name: "Egress from a backend" }).click();
    await visitor.sees("$");
    await page.getByRole("button", { name: "Next step" }).click();
    await page.getByRole("heading", { name: "Two doors, and only two" }).waitFor();
    await page.getByRole("link", { name: "Netpol Lab, all lessons" }).click();
    await page.getByText("Continue, step 2 of 3").waitFor();
    await visitor.leave();
  });

  test("a lesson that does not exist is said in words", async () => {
    const visitor = await arrive("/lesson/none-such");
    await visitor.page.getByRole("heading", { name: "There is no such lesson." }).waitFor();
    await visitor.page.goto(new URL("/lesson/%E0%A4%A", lab.url).href);
    await visitor.page.getByRole("heading", { name: "There is no such lesson." }).waitFor();
    await visitor.page.getByRole("link", { name: "To all lessons" }).click();
    await visitor.page.getByRole("heading", { name: "Who may talk to whom?" }).waitFor();
    await visitor.leave();
  });

  test("the palette finds a lesson by a few letters", async () => {
    const visitor = await arrive("/");
    await visitor.page.getByText("3 lessons").waitFor();
    await visitor.page.keyboard.press("Control+k");
    await visitor.page.keyboard.type("api cl");
    await visitor.page.keyboard.press("Enter");
    await visitor.page.waitForURL("**/lesson/api-client");
    await visitor.leave();
  });
});

describe("a terminal", () => {
  test("echoes, keeps its screen over a reload, and is one of several into the same world", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await visitor.type("echo hello there");
    await visitor.sees("\nhello there");
    await visitor.type("write note shared");
    await visitor.sees(/write note shared\n.*\$$/);
    const before = await visitor.screen();
    await page.reload();
    await visitor.sees("hello there");
    await expect.poll(() => visitor.screen()).toBe(before);
    await page.getByRole("button", { name: "New terminal" }).click();
    await visitor.sees("$", "2");
    await visitor.type("read note");
    await visitor.sees("\nshared", "2");
    expect(await visitor.screen("1")).toBe(before);
    await page.getByRole("button", { name: "Close terminal 2" }).click();
    await expect.poll(() => page.getByRole("tab", { name: /^terminal/ }).count()).toBe(1);
    await visitor.leave();
  });

  test("of several is closed at the end of its own tab, or with Delete", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    const tab = (number: number) => page.getByRole("tab", { name: `terminal ${number}` });
    for (const number of [2, 3]) {
      await page.getByRole("button", { name: "New terminal" }).click();
      await tab(number).waitFor();
    }
    const before = await tab(3).boundingBox();
    await tab(2).click();
    const close = await page.getByRole("button", { name: "Close terminal 2" }).boundingBox();
    const place = await tab(2).boundingBox();
    expect(close?.x).toBeGreaterThan(place?.x ?? 0);
    expect((close?.x ?? 0) + (close?.width ?? 0)).toBeLessThanOrEqual((place?.x ?? 0) + (place?.width ?? 0));
    expect(await tab(3).boundingBox()).toEqual(before);
    await page.getByRole("button", { name: "Close terminal 2" }).click();
    await expect.poll(() => tab(2).count()).toBe(0);
    await tab(3).focus();
    await page.keyboard.press("Delete");
    await expect.poll(() => page.getByRole("tab", { name: /^terminal/ }).allInnerTexts()).toEqual(["terminal 1"]);
    await visitor.leave();
  });

  test("a dropped connection comes back, and what was typed meanwhile arrives once", async () => {
    const visitor = await arrive("/lesson/egress");
    const terminal = visitor.page.locator("nl-terminal[active]");
    await visitor.sees("$");
    await visitor.type("echo before");
    await visitor.sees("\nbefore");
    await terminal.evaluate((element) => (element as unknown as { drop(): void }).drop());
    await visitor.type("echo after the drop");
    await visitor.sees("\nafter the drop");
    const screen = await visitor.screen();
    expect(screen.match(/echo before/g)).toHaveLength(1);
    expect(screen.match(/echo after the drop/g)).toHaveLength(1);
    await visitor.leave();
  });

  test("a command of the lesson is typed by a click, and the keys go on to the shell", async () => {
    const visitor = await arrive("/lesson/egress");
    await visitor.sees("$");
    await visitor.page.getByRole("button", { name: /get pod -L app/ }).click();
    await visitor.sees("vault-0     1/1     Running");
    await visitor.page.keyboard.type("echo still here\n");
    await visitor.sees("\nstill here");
    await visitor.leave();
  });

  test("shows true colours, which the content security policy would not let it write as attributes", async () => {
    const visitor = await arrive("/lesson/egress");
    await visitor.sees("$");
    await visitor.type("colours");
    await visitor.sees("orange");
    const colour = await visitor.page
      .locator("nl-terminal[active] .xterm-rows span", { hasText: "orange" })
      .last()
      .evaluate((span) => getComputedStyle(span).color);
    expect(colour).toBe("rgb(255, 136, 0)");
    await visitor.leave();
  });

  test("pastes with Ctrl V and copies a selection with Ctrl C", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await page.evaluate(() => navigator.clipboard.writeText("echo pasted"));
    await page.locator("nl-terminal[active] textarea").focus();
    await page.keyboard.press("Control+v");
    await page.keyboard.press("Enter");
    await visitor.sees("\npasted");
    const row = await page.locator("nl-terminal[active] .xterm-rows > div").nth(1).boundingBox();
    await page.mouse.dblclick((row?.x ?? 0) + 10, (row?.y ?? 0) + 8);
    await page.keyboard.press("Control+c");
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("pasted");
    await visitor.leave();
  });

  test("copies over plain HTTP too, where browsers offer no clipboard to pages", async () => {
    const visitor = await Visitor.arrive(browser);
    const { page } = visitor;
    await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.goto(new URL("/lesson/egress", lab.url).href);
    await visitor.sees("$");
    await visitor.type("echo precious");
    await visitor.sees("\nprecious");
    const row = await page.locator("nl-terminal[active] .xterm-rows > div").nth(1).boundingBox();
    await page.mouse.dblclick((row?.x ?? 0) + 10, (row?.y ?? 0) + 8);
    await page.keyboard.press("Control+c");
    await page.getByText("Copied").waitFor();
    await page.keyboard.type("echo again ");
    await page.keyboard.press("Control+v");
    await page.keyboard.press("Enter");
    await visitor.sees("\nagain precious");
    await visitor.leave();
  });

  test("Ctrl Shift F6 leaves it for the lesson", async () => {
    const visitor = await arrive("/lesson/egress");
    await visitor.sees("$");
    await visitor.page.locator("nl-terminal[active] textarea").focus();
    await visitor.page.keyboard.press("Control+Shift+F6");
    await expect
      .poll(() =>
        visitor.page.evaluate(
          () => document.activeElement?.shadowRoot?.activeElement?.shadowRoot?.activeElement?.tagName,
        ),
      )
      .toBe("NL-LESSON");
    await visitor.leave();
  });
});

describe("a lesson", () => {
  test("hints come one by one, a failing check names the wrong flow, a passing one lets on", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await page.getByRole("button", { name: "Two doors, and only two" }).click();
    await page.getByRole("button", { name: "Hint, 1 of 3" }).click();
    await page.getByText("which direction do you isolate").waitFor();
    await page.getByRole("button", { name: "Next hint, 2 of 3" }).waitFor();
    await visitor.type("kubectl apply -f 24_np.yaml");
    await visitor.sees("np-backend created");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Checked: 2 of 3 hold").waitFor();
    expect((await page.locator("nl-verdict .flow").innerText()).replace(/\s+/g, " ")).toBe("backend-0 db2-0 TCP 1111");
    await visitor.type("kubectl apply -f right.yaml");
    await page.getByRole("button", { name: /^Check/ }).click();
    await page.getByText("Checked: all 3 hold").waitFor();
    await page.getByText("This lesson is done.").waitFor();
    await page.getByRole("button", { name: "Next step" }).click();
    await page.getByRole("heading", { name: "Prove it for every pod" }).waitFor();
    await visitor.leave();
  });

  test("the map says what a command closed, shows the dropped packet, and tells both in words", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await visitor.type("kubectl apply -f 24_np.yaml");
    await page.getByText("closed 7 flows").waitFor();
    await visitor.type("kubectl -n project-snake exec backend-0 -- curl -s 10.44.0.22:3333");
    await page.getByText("backend-0 → vault-0 TCP 3333: dropped").waitFor();
    await page.getByText("no rule of np-backend lets it to vault-0 on TCP 3333").first().waitFor();
    const words = (await page.locator("nl-map .vh").innerText()).replace(/\s+/g, " ");
    expect(words).toContain("backend-0 is isolated for egress by np-backend.");
    expect(words).toContain("backend-0 to db1-0, TCP 1111: open by egress rule 1 of np-backend.");
    expect(words).toContain("backend-0 to vault-0, TCP 3333: shut at egress.");
    await page.getByRole("tab", { name: "Matrix" }).click();
    await page.getByRole("img", { name: "backend-0 to vault-0, TCP 3333: denied, egress" }).waitFor();
    await page.getByRole("gridcell", { name: "backend-0 to db1-0, TCP 1111: allowed" }).focus();
    await page.getByText("Egress rule 1 of np-backend lets it through.").waitFor();
    await page.keyboard.press("End");
    await page.getByText("backend-0 → coredns UDP 53: denied").waitFor();
    await page.getByText("At the egress of backend-0: no rule of np-backend lets it through.").waitFor();
    await page.getByRole("button", { name: "kubectl why" }).click();
    await visitor.sees("kubectl why project-snake/backend-0 kube-system/coredns-0:53 --protocol UDP");
    await page.getByRole("tab", { name: "Flows" }).click();
    await page.getByRole("cell", { name: "dropped" }).waitFor();
    await visitor.leave();
  });

  test("what was found or seen before the last command says so", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await visitor.type("kubectl -n project-snake exec backend-0 -- curl -s 10.44.0.22:3333");
    await page.getByText("backend-0 → vault-0 TCP 3333: connected").waitFor();
    await page.getByRole("button", { name: "Two doors, and only two" }).click();
    await page.getByRole("button", { name: /^Check/ }).click();
    await page.locator("nl-verdict").getByText("as it is now").waitFor();
    await visitor.type("kubectl apply -f 24_np.yaml");
    await page.getByText("vault-0 TCP 3333: connected, before the last change").waitFor();
    await page.locator("nl-verdict").getByText("before your last command").waitFor();
    await visitor.leave();
  });

  test("messages lie in the top bar, upon nothing that somebody types or reads", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await page.keyboard.press("Control+Enter");
    const message = page.getByText("There is nothing to check in this step.");
    await message.waitFor();
    const place = await message.boundingBox();
    expect((place?.y ?? 0) + (place?.height ?? 0)).toBeLessThanOrEqual(44);
    await visitor.leave();
  });

  test("undo takes the last command back, reset asks and starts anew", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await visitor.type("write note one");
    await page.getByRole("button", { name: "Undo: write note one" }).click();
    await visitor.sees("[undone: write note one]");
    await visitor.type("read note");
    await visitor.sees("no such file");
    await page.getByRole("button", { name: "Start this lesson's world again" }).click();
    await page.getByRole("button", { name: "Start again", exact: true }).click();
    await expect.poll(() => visitor.screen()).toBe("learner@terminal:~$");
    await visitor.leave();
  });

  test("a solution can be shown and typed", async () => {
    const visitor = await arrive("/lesson/egress");
    await visitor.sees("$");
    await visitor.page.getByRole("button", { name: "Two doors, and only two" }).click();
    await visitor.page.getByRole("button", { name: "Show a solution" }).click();
    await visitor.page.getByText("kind: NetworkPolicy").waitFor();
    await visitor.leave();
  });
});

describe("the layout", () => {
  test("a grip moves with the keyboard, and its place is remembered", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    const grip = page.getByRole("separator", { name: "Width of the lesson" });
    const before = Number(await grip.getAttribute("aria-valuenow"));
    await grip.focus();
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(async () => Number(await grip.getAttribute("aria-valuenow"))).toBe(before + 4);
    await page.reload();
    await expect.poll(async () => Number(await grip.getAttribute("aria-valuenow"))).toBe(before + 4);
    await visitor.leave();
  });

  test("what is collapsed is out of the way of Tab, and comes back when it is asked for", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    await page.getByRole("button", { name: "Two doors, and only two" }).click();
    for (const name of ["Width of the lesson", "Height of the pictures"]) {
      await page.getByRole("separator", { name }).focus();
      await page.keyboard.press("Enter");
    }
    await expect.poll(() => page.locator("section [inert]").count()).toBe(2);
    await page.keyboard.press("Shift+Tab");
    expect(
      await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.shadowRoot?.activeElement?.tagName),
    ).toBe("NL-GRIP");
    await page.keyboard.press("Alt+2");
    await page.getByRole("gridcell").first().waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText("Checked: 2 of 3 hold").waitFor();
    expect(await page.locator("section [inert]").count()).toBe(0);
    await visitor.leave();
  });

  test("a window that gets lower leaves the terminal its room", async () => {
    const visitor = await arrive("/lesson/egress");
    const { page } = visitor;
    await visitor.sees("$");
    const grip = page.getByRole("separator", { name: "Height of the pictures" });
    await grip.focus();
    await page.keyboard.press("End");
    await page.setViewportSize({ width: 1440, height: 600 });
    await expect.poll(async () => (await page.locator("nl-terminals").boundingBox())?.height).toBeGreaterThan(120);
    await visitor.leave();
  });

  test("a phone shows one pane at a time, and a click on a command goes to the terminal", async () => {
    const visitor = await arrive("/lesson/egress", { width: 390, height: 844, hasTouch: true });
    const { page } = visitor;
    await page.getByRole("button", { name: /get pod -L app/ }).click();
    await visitor.sees("vault-0");
    expect(await page.locator("nl-lesson").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Pictures", exact: true }).click();
    expect(await page.locator("nl-map").isVisible()).toBe(true);
    const before = await page.locator("nl-map").boundingBox();
    await page.getByRole("button", { name: "Terminal", exact: true }).click();
    await visitor.type("kubectl apply -f 24_np.yaml");
    await visitor.type("kubectl -n project-snake exec backend-0 -- curl -s 10.44.0.22:3333");
    await page.getByRole("button", { name: "Pictures", exact: true }).click();
    await page.getByText("vault-0 TCP 3333: dropped").waitFor();
    expect(await page.locator("nl-map").boundingBox()).toEqual(before);
    expect(await page.locator("nl-terminals").isVisible()).toBe(false);
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(isWide).toBe(false);
    await visitor.leave();
  });

  test.each([
    ["light", 1440, 900],
    ["dark", 1440, 900],
    ["light", 390, 844],
    ["dark", 390, 844],
    ["light", 900, 700],
  ] as const)(
    "axe finds nothing, %s at %i×%i",
    async (theme, width, height) => {
      const visitor = await arrive("/", { theme, width, height });
      const { page } = visitor;
      await page.getByText("3 lessons").waitFor();
      expect(await visitor.barriers()).toEqual([]);
      await page.goto(new URL("/lesson/egress", lab.url).href);
      await page.getByRole("button", { name: "Two doors, and only two" }).click();
      await page.getByRole("button", { name: "Hint, 1 of 3" }).click();
      await page.getByRole("button", { name: /^Check/ }).click();
      await page.getByText("Checked: 2 of 3 hold").waitFor();
      expect(await visitor.barriers()).toEqual([]);
      if (width < 700) {
        await page.getByRole("button", { name: "Terminal", exact: true }).click();
        expect(await visitor.barriers()).toEqual([]);
        await page.getByRole("button", { name: "Pictures", exact: true }).click();
      } else if (width < 1100) {
        await page.getByRole("button", { name: "Pictures", exact: true }).click();
      }
      await page.getByRole("tab", { name: "Matrix" }).click();
      expect(await visitor.barriers()).toEqual([]);
      await page.keyboard.press("Control+k");
      if (width >= 700) expect(await visitor.barriers()).toEqual([]);
      await visitor.leave();
    },
    90_000,
  );
});
