import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { LessonList } from "../../server/protocol.ts";
import { api } from "../api.ts";
import { detailOf } from "../state/events.ts";
import { WidthController } from "../state/layout.ts";
import { changeSettings } from "../state/settings.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import "./nl-bar.ts";
import "./nl-home.ts";
import "./nl-keys.ts";
import "./nl-palette.ts";
import "./nl-settings.ts";
import type { NlKeys } from "./nl-keys.ts";
import type { NlPalette, PaletteEntry } from "./nl-palette.ts";
import type { NlSettings } from "./nl-settings.ts";
import type { NlWorkspace } from "./nl-workspace.ts";

/** The page: which place is shown, what floats above it, and what is said aloud. */
@customElement("nl-app")
export class NlApp extends LitElement {
  @state() private path = location.pathname;
  @state() private list: LessonList | null = null;
  @state() private failure = "";
  @state() private message = "";
  @query("nl-palette") private palette?: NlPalette;
  @query("nl-settings") private settings?: NlSettings;
  @query("nl-keys") private keys?: NlKeys;
  @query("nl-workspace") private workspace?: NlWorkspace;
  readonly #width = new WidthController(this);
  #messageTimer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    shared,
    css`
      /* In the top bar: everywhere else it would lie on what somebody reads or types. */
      .message {
        position: fixed;
        inset-block-start: 0.25rem;
        inset-inline: 0;
        margin-inline: auto;
        inline-size: fit-content;
        max-inline-size: min(36rem, calc(100vw - 2rem));
        padding: 0.5rem 0.9rem;
        background: var(--ink);
        color: var(--on-ink);
        border-radius: var(--radius-1);
        box-shadow: var(--lift-2);
        z-index: 10;
        pointer-events: none;
      }
    `,
  ];

  constructor() {
    super();
    this.addEventListener("nl-go", (event) => this.#go(detailOf("nl-go", event).path));
    this.addEventListener("nl-open", (event) => this.#open(detailOf("nl-open", event).what));
    this.addEventListener("nl-say", (event) => this.#say(detailOf("nl-say", event).message));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.#arrived);
    addEventListener("keydown", this.#key);
    this.#arrived();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.#arrived);
    removeEventListener("keydown", this.#key);
  }

  protected override render() {
    const lesson = this.#lessonId();
    return html`
      ${
        lesson
          ? html`<nl-workspace .lessonId=${lesson}></nl-workspace>`
          : html`<nl-bar ?phone=${this.#width.value === "phone"}></nl-bar>
              <nl-home .list=${this.list} .failure=${this.failure} @nl-retry=${() => this.#loadList()}></nl-home>`
      }
      <nl-palette .entries=${this.#entries()}></nl-palette>
      <nl-settings></nl-settings>
      <nl-keys></nl-keys>
      <div role="status" aria-live="polite">${this.message ? html`<div class="message">${this.message}</div>` : nothing}</div>
    `;
  }

  #lessonId(): string | null {
    const match = /^\/lesson\/([^/]+)\/?$/.exec(this.path);
    return match?.[1] ? decoded(match[1]) : null;
  }

  #go(path: string): void {
    if (path === this.path) return;
    history.pushState(null, "", path);
    this.#arrived();
    scrollTo(0, 0);
  }

  readonly #arrived = (): void => {
    this.path = location.pathname;
    if (this.#lessonId()) {
      // xterm.js is heavy and needed only here.
      void import("./nl-workspace.ts");
      if (!this.list) void this.#loadList();
      return;
    }
    // There is no other place; what was asked for is not left standing as if it were one.
    if (this.path !== "/") history.replaceState(null, "", "/");
    this.path = "/";
    document.title = text.product;
    void this.#loadList();
  };

  async #loadList(): Promise<void> {
    try {
      this.list = await api.lessons();
      this.failure = "";
    } catch (error) {
      this.failure = error instanceof Error ? error.message : text.errors.offline;
    }
  }

  #open(what: "palette" | "settings" | "keys"): void {
    if (what === "palette") this.palette?.open();
    else if (what === "settings") this.settings?.open();
    else this.keys?.open();
  }

  #say(message: string): void {
    clearTimeout(this.#messageTimer);
    this.message = message;
    this.#messageTimer = setTimeout(() => {
      this.message = "";
    }, 4000);
  }

  readonly #key = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    const isTyping =
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement;
    const isInTerminal = target instanceof HTMLElement && target.classList.contains("xterm-helper-textarea");
    if (
      (event.ctrlKey || event.metaKey) &&
      !event.shiftKey &&
      event.key.toLowerCase() === "k" &&
      !(isInTerminal && event.ctrlKey)
    ) {
      event.preventDefault();
      this.palette?.open();
    } else if (
      !isTyping &&
      (event.key === "?" || event.key === "/") &&
      !event.ctrlKey &&
      !event.metaKey &&
      !event.altKey
    ) {
      event.preventDefault();
      if (event.key === "?") this.keys?.open();
      else this.palette?.open();
    }
  };

  #entries(): readonly PaletteEntry[] {
    const { palette } = text;
    const lessons = (this.list?.tracks ?? []).flatMap((track) =>
      track.lessons.map(
        (lesson): PaletteEntry => ({
          section: palette.lessons,
          title: lesson.title,
          detail: track.title,
          icon: "lesson",
          run: () => this.#go(`/lesson/${lesson.id}`),
        }),
      ),
    );
    const action = (title: string, run: () => void, icon: PaletteEntry["icon"] = "chevron-right"): PaletteEntry => ({
      section: palette.actions,
      title,
      icon,
      run,
    });
    return [
      ...(this.#lessonId() ? this.#workspaceEntries(action) : []),
      action(palette.themeSystem, () => changeSettings({ theme: "system" }), "theme"),
      action(palette.themeLight, () => changeSettings({ theme: "light" }), "theme"),
      action(palette.themeDark, () => changeSettings({ theme: "dark" }), "theme"),
      action(palette.projector, () => changeSettings({ scale: "projector" }), "eye"),
      action(palette.normalSize, () => changeSettings({ scale: "normal" }), "eye"),
      action(palette.settings, () => this.settings?.open(), "settings"),
      action(palette.keys, () => this.keys?.open()),
      action(palette.sandbox, () => this.#go("/lesson/sandbox"), "sandbox"),
      action(palette.home, () => this.#go("/")),
      ...lessons,
    ];
  }

  #workspaceEntries(
    action: (title: string, run: () => void, icon?: PaletteEntry["icon"]) => PaletteEntry,
  ): readonly PaletteEntry[] {
    const { palette, pictures } = text;
    const to = (run: (workspace: NlWorkspace) => void) => () => this.workspace && run(this.workspace);
    return [
      action(
        palette.check,
        to((workspace) => void workspace.check()),
        "check",
      ),
      action(
        palette.nextStep,
        to((workspace) => workspace.nextStep()),
      ),
      action(
        palette.previousStep,
        to((workspace) => workspace.nextStep(-1)),
      ),
      action(
        palette.focusTerminal,
        to((workspace) => workspace.focusTerminal()),
        "terminal",
      ),
      action(
        palette.newTerminal,
        to((workspace) => void workspace.newTerminal()),
        "plus",
      ),
      action(
        pictures.map,
        to((workspace) => workspace.showPicture("map")),
        "map",
      ),
      action(
        pictures.matrix,
        to((workspace) => workspace.showPicture("matrix")),
        "matrix",
      ),
      action(
        pictures.flows,
        to((workspace) => workspace.showPicture("flows")),
        "flows",
      ),
      action(
        palette.undo,
        to((workspace) => void workspace.undo()),
        "undo",
      ),
      action(
        palette.reset,
        to((workspace) => void workspace.reset()),
        "reset",
      ),
      action(
        palette.skip,
        to((workspace) => void workspace.skip(600)),
        "timer",
      ),
    ];
  }
}

/** A part of an address; one that is misspelt stays as it is, and names no lesson. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
