import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { TerminalView } from "../../server/protocol.ts";
import { icon, type IconName } from "../icons.ts";
import type { SourceChoice } from "../map/groups.ts";
import { detailOf, emit } from "../state/events.ts";
import { type Width, WidthController } from "../state/layout.ts";
import { LessonSession, type LessonState } from "../state/lesson-session.ts";
import { PaneSizes, type SizedPane } from "../state/pane-sizes.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import { workspaceStyles } from "./nl-workspace-styles.ts";
import "./nl-bar.ts";
import "./nl-confirm.ts";
import "./nl-grip.ts";
import "./nl-lesson.ts";
import "./nl-pictures.ts";
import "./nl-terminals.ts";
import type { NlConfirm } from "./nl-confirm.ts";
import type { NlLesson } from "./nl-lesson.ts";
import { type PictureName, pictureNames } from "./nl-pictures.ts";
import type { NlTerminals } from "./nl-terminals.ts";

type Pane = "lesson" | "terminal" | "pictures";

/** A lesson beside its world: text, pictures and terminals, and how one gets from one to the other. */
@customElement("nl-workspace")
export class NlWorkspace extends LitElement {
  @property() lessonId = "";
  @state() private pane: Pane = "lesson";
  @state() private shown: PictureName = "map";
  @state() private source: SourceChoice = "auto";
  @query("nl-terminals") private terminalPane?: NlTerminals;
  @query("nl-lesson") private lessonPane?: NlLesson;
  @query("nl-confirm") private confirmation?: NlConfirm;

  readonly #width = new WidthController(this);
  readonly #sizes = new PaneSizes(this);
  readonly #session = new LessonSession(this, (message) => emit(this, "nl-say", { message }));
  /** Resolves when the terminals are there, so that an early click is not lost. */
  #opened: Promise<void> = Promise.resolve();

  static override styles = [shared, workspaceStyles];

  constructor() {
    super();
    this.addEventListener("nl-type", (event) => void this.#type(detailOf("nl-type", event)));
    this.addEventListener("nl-step", (event) => void this.moveTo(detailOf("nl-step", event).step));
    this.addEventListener("nl-check", () => void this.check());
    this.addEventListener("nl-hint", (event) => {
      const { block, count } = detailOf("nl-hint", event);
      void this.#session.showHint(block, count);
    });
    this.addEventListener("nl-reset", () => void this.reset());
    this.addEventListener("nl-undo", () => void this.undo());
    this.addEventListener("nl-new-terminal", () => void this.newTerminal());
    this.addEventListener(
      "nl-close-terminal",
      (event) => void this.#closeTerminal(detailOf("nl-close-terminal", event).id),
    );
    // A terminal that came back says that the world is awake and the server there.
    this.addEventListener("nl-connection", (event) => {
      if ((event as CustomEvent<string>).detail === "live") this.#session.reconnect();
    });
    this.addEventListener("nl-source", (event) => {
      this.source = detailOf("nl-source", event).source;
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.#key);
    addEventListener("online", this.#comeBack);
    document.addEventListener("visibilitychange", this.#comeBack);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("keydown", this.#key);
    removeEventListener("online", this.#comeBack);
    document.removeEventListener("visibilitychange", this.#comeBack);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("lessonId")) return;
    this.source = "auto";
    this.#opened = this.#open();
  }

  protected override updated(): void {
    const { lesson, pictures } = this.#sizes.sizesFor(this.#width.value);
    this.style.setProperty("--lesson", `${lesson}rem`);
    this.style.setProperty("--pictures", `${pictures}rem`);
  }

  // ---------------------------------------------------------------- rendering

  protected override render() {
    const { lesson, failure, undoable } = this.#session.state;
    const width = this.#width.value;
    if (failure) return this.#renderFailure(failure);
    const steps = lesson?.steps.length ?? 0;
    return html`
      <nl-bar
        workspace
        ?phone=${width === "phone"}
        .track=${lesson?.trackTitle ?? ""}
        .name=${lesson ? (lesson.place > 0 ? `${lesson.place} ${lesson.title}` : lesson.title) : ""}
        .progress=${lesson && steps > 1 ? `${lesson.progress.step + 1} of ${steps}` : ""}
        .undo=${undoable.at(-1) ?? null}
      ></nl-bar>
      <main class="panes ${width}">
        ${this.#renderLesson(width)} ${this.#renderPictures(width)} ${this.#renderTerminals(width)}
      </main>
      ${width === "phone" ? this.#renderBottom() : nothing}
      <nl-confirm
        .question=${text.lesson.resetAsk}
        .detail=${text.lesson.resetText}
        .yes=${text.lesson.resetYes}
        .no=${text.lesson.resetNo}
      ></nl-confirm>
    `;
  }

  #shows(pane: Pane, width: Width): boolean {
    if (width === "phone") return this.pane === pane;
    if (width === "middle") return pane === "lesson" || this.#rightPane() === pane;
    return true;
  }

  #renderLesson(width: Width) {
    const { lesson, checks, isChecking } = this.#session.state;
    return html`<section class="pane lesson ${this.#shows("lesson", width) ? "" : "away"}" aria-label=${text.lesson.label}>
      <div class="clip" ?inert=${this.#isCollapsed("lesson", width)}>
        <nl-lesson .lesson=${lesson} .checks=${checks} ?checking=${isChecking}></nl-lesson>
      </div>
      ${this.#renderGrip("lesson", width)}
    </section>`;
  }

  #renderPictures(width: Width) {
    const { picture, flows, news, isNewsPast, change, isLive, wasLive } = this.#session.state;
    return html`<section class="pane ${this.#shows("pictures", width) ? "" : "away"}" aria-label=${text.pictures.label}>
      <div class="clip column" ?inert=${this.#isCollapsed("pictures", width)}>
        ${width === "middle" ? this.#renderSwitch() : nothing}
        <nl-pictures
          .picture=${picture}
          .flows=${flows}
          .news=${news}
          ?past=${isNewsPast}
          .change=${change}
          .shown=${this.shown}
          .source=${this.source}
          ?stale=${wasLive && !isLive}
          @nl-select=${(event: Event) => this.showPicture(detailOf("nl-select", event).id as PictureName)}
        ></nl-pictures>
      </div>
      ${this.#renderGrip("pictures", width)}
    </section>`;
  }

  #renderTerminals(width: Width) {
    const { terminals, selected } = this.#session.state;
    return html`<section class="pane ${this.#shows("terminal", width) ? "" : "away"}" aria-label=${text.terminal.label}>
      <div class="clip column">
        ${width === "middle" ? this.#renderSwitch() : nothing}
        <nl-terminals
          .lesson=${this.lessonId}
          .terminals=${terminals}
          .selected=${selected}
          ?frozen=${this.#sizes.isResizing}
          ?phone=${width === "phone"}
          @nl-select=${(event: Event) => this.#session.select(detailOf("nl-select", event).id)}
        ></nl-terminals>
      </div>
    </section>`;
  }

  /** What is collapsed must not be walked into with Tab either. */
  #isCollapsed(pane: SizedPane, width: Width): boolean {
    return width !== "phone" && width !== "middle" && this.#sizes.isCollapsed(pane);
  }

  #renderGrip(pane: SizedPane, width: Width) {
    if (width === "phone" || width === "middle") return nothing;
    const { value, min, max, initial } = this.#sizes.gripFor(pane, width);
    return html`<nl-grip
      orientation=${pane === "lesson" ? "vertical" : "horizontal"}
      .label=${text.grips[pane]}
      .value=${value}
      .min=${min}
      .max=${max}
      .initial=${initial}
      @nl-resize=${(event: Event) => {
        event.stopPropagation();
        const { size, isFinal } = detailOf("nl-resize", event);
        this.#sizes.resize(pane, size, isFinal);
      }}
    ></nl-grip>`;
  }

  #renderSwitch() {
    const right = this.#rightPane();
    const button = (pane: Pane, label: string, name: IconName) =>
      html`<button
        class="btn bare small"
        aria-pressed=${right === pane ? "true" : "false"}
        @click=${() => this.showPane(pane)}
      >
        ${icon(name, 14)}${label}
      </button>`;
    return html`<div class="switch" role="group" aria-label=${text.phone.panes}>
      ${button("pictures", text.phone.pictures, "map")} ${button("terminal", text.phone.terminal, "terminal")}
    </div>`;
  }

  #renderBottom() {
    const button = (pane: Pane, label: string, name: IconName) =>
      html`<button aria-pressed=${this.pane === pane ? "true" : "false"} @click=${() => this.showPane(pane)}>
        ${icon(name, 20)}${label}
      </button>`;
    return html`<nav class="bottom" aria-label=${text.phone.panes}>
      ${button("lesson", text.phone.lesson, "lesson")} ${button("terminal", text.phone.terminal, "terminal")}
      ${button("pictures", text.phone.pictures, "map")}
    </nav>`;
  }

  #renderFailure({ message, isMissing }: NonNullable<LessonState["failure"]>) {
    const retry = (): void => {
      this.#opened = this.#open();
    };
    return html`<nl-bar></nl-bar>
      <main class="failure">
        <h1>${isMissing ? text.lesson.missing : text.lesson.failed}</h1>
        <p role="alert">${message}</p>
        <div class="row">
          ${isMissing ? nothing : html`<button class="btn solid" @click=${retry}>${text.retry}</button>`}
          <a
            class="btn"
            href="/"
            @click=${(event: MouseEvent) => {
              event.preventDefault();
              emit(this, "nl-go", { path: "/" });
            }}
            >${text.lesson.backHome}</a
          >
        </div>
      </main>`;
  }

  // ------------------------------------------------------------------ actions

  async #open(): Promise<void> {
    const isThere = await this.#session.open(this.lessonId);
    if (isThere && this.#width.value !== "phone") this.focusTerminal();
  }

  async check(): Promise<void> {
    if (this.#session.checkIds.length === 0) return emit(this, "nl-say", { message: text.lesson.nothingToCheck });
    const isSolved = await this.#session.check();
    if (isSolved === null) return;
    this.#sizes.open("lesson");
    if (this.#width.value === "phone") this.showPane("lesson");
    await this.updateComplete;
    this.lessonPane?.showVerdict();
    emit(this, "nl-say", { message: isSolved ? text.lesson.solvedText : text.lesson.unsolved });
  }

  async moveTo(step: number): Promise<void> {
    const moved = this.#session.moveTo(step);
    await this.updateComplete;
    this.lessonPane?.showStep();
    await moved;
  }

  nextStep(by = 1): void {
    void this.moveTo((this.#session.state.lesson?.progress.step ?? 0) + by);
  }

  async undo(): Promise<void> {
    if (this.#session.state.undoable.length === 0) return emit(this, "nl-say", { message: text.bar.nothingToUndo });
    if (await this.#session.undo()) this.terminalPane?.focus();
  }

  async reset(): Promise<void> {
    if (await this.confirmation?.ask()) await this.#session.reset();
  }

  skip(seconds: number): Promise<void> {
    return this.#session.skip(seconds);
  }

  async newTerminal(): Promise<TerminalView | null> {
    const terminal = await this.#session.openTerminal();
    if (terminal) {
      await this.updateComplete;
      this.focusTerminal();
    }
    return terminal;
  }

  async #closeTerminal(id: string): Promise<void> {
    if (await this.#session.closeTerminal(id)) this.focusTerminal();
  }

  async #type({
    commands,
    terminal,
    run,
  }: {
    readonly commands: string;
    readonly terminal: number;
    readonly run: boolean;
  }): Promise<void> {
    await this.#opened;
    if (terminal > 0) {
      while (this.#session.state.terminals.length < terminal && (await this.newTerminal()));
      const { terminals, selected } = this.#session.state;
      this.#session.select(terminals[terminal - 1]?.id ?? selected);
    }
    if (this.#width.value === "phone" || this.#width.value === "middle") this.pane = "terminal";
    await this.updateComplete;
    await this.terminalPane?.updateComplete;
    // Several lines come as one paste: the shell shows them once and takes them back as one.
    if (commands.includes("\n")) this.terminalPane?.paste(commands);
    else this.terminalPane?.type(commands);
    if (run) this.terminalPane?.type("\r");
    this.terminalPane?.focus();
  }

  readonly #comeBack = (): void => {
    if (document.visibilityState !== "visible") return;
    this.#session.reconnect();
    this.terminalPane?.currentTerminal?.reconnect();
  };

  // -------------------------------------------------------------------- panes

  showPicture(name: PictureName): void {
    this.shown = name;
    this.#sizes.open("pictures");
    if (this.#width.value !== "wide" && this.#width.value !== "widest") this.showPane("pictures");
  }

  showPane(pane: Pane): void {
    this.pane = pane;
    if (pane === "terminal") this.focusTerminal();
  }

  focusTerminal(): void {
    if (this.#width.value === "phone" && this.pane !== "terminal") this.pane = "terminal";
    void this.updateComplete.then(() => this.terminalPane?.updateComplete).then(() => this.terminalPane?.focus());
  }

  #rightPane(): Pane {
    return this.pane === "pictures" ? "pictures" : "terminal";
  }

  // --------------------------------------------------------------------- keys

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey && !event.altKey && event.key === "Enter") {
      event.preventDefault();
      void this.check();
    } else if (event.key === "F6") {
      const isInTerminal = event
        .composedPath()
        .some((node) => node instanceof HTMLElement && node.tagName === "NL-TERMINAL");
      if (isInTerminal && !(event.ctrlKey && event.shiftKey)) return;
      event.preventDefault();
      this.#nextPane(event.shiftKey && !event.ctrlKey ? -1 : 1, event);
    } else if (event.altKey && !event.ctrlKey && /^[1-3]$/.test(event.key)) {
      event.preventDefault();
      const name = pictureNames[Number(event.key) - 1];
      if (name) this.showPicture(name);
    }
  };

  #nextPane(step: number, event: KeyboardEvent): void {
    const sections = [...this.renderRoot.querySelectorAll<HTMLElement>("section.pane:not(.away)")];
    const path = event.composedPath();
    const at = sections.findIndex((section) => path.includes(section));
    const next = sections[(at + step + sections.length) % sections.length];
    if (!next) return;
    if (next.querySelector("nl-terminals")) return this.focusTerminal();
    const inside = next.querySelector("nl-lesson, nl-pictures")?.shadowRoot;
    inside?.querySelector<HTMLElement>('.body, [role="tab"][aria-selected="true"]')?.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "nl-workspace": NlWorkspace;
  }
}
