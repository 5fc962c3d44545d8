/** What browser tests do again and again. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  readonly hasTouch?: boolean;
}

/** A visitor with a browser of their own, who notes what the page complains about. */
export class Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    // A dropped connection is news for the console, not a fault of the page.
    const isExpected = (message: string): boolean => /WebSocket connection to|Failed to load resource/.test(message);
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !isExpected(message.text()))
        this.complaints.push(message.text());
    });
  }

  static async arrive(browser: Browser, options: VisitOptions = {}): Promise<Visitor> {
    const { width = 1440, height = 900, theme = "light", hasTouch = false } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      hasTouch,
      reducedMotion: "reduce",
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => undefined);
    return new Visitor(context, await context.newPage());
  }

  async leave(): Promise<void> {
    await this.context.close();
    expect(this.complaints).toEqual([]);
  }

  /** Text of a terminal's screen and scrollback. */
  async screen(terminal = "1"): Promise<string> {
    return this.page
      .locator(`nl-terminal[data-terminal="${terminal}"]`)
      .evaluate((element) => (element as unknown as { readonly screenText: string }).screenText);
  }

  /** Waits until a terminal shows a text. */
  async sees(wanted: string | RegExp, terminal = "1"): Promise<void> {
    await expect
      .poll(() => this.screen(terminal), { timeout: 15_000, interval: 25 })
      .toEqual(typeof wanted === "string" ? expect.stringContaining(wanted) : expect.stringMatching(wanted));
  }

  /** Types into the terminal in use as a person would, and Enter. */
  async type(line: string): Promise<void> {
    await this.page.locator("nl-terminal[active] textarea").focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press("Enter");
  }

  /** What axe finds wrong (WCAG 2.2 AA and best practice), one line a rule. */
  async barriers(): Promise<readonly string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`).join("; ")}`,
    );
  }
}
