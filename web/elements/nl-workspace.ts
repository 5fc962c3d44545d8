import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { CheckView, FlowView, LessonView, MapPicture, SessionEvent, TerminalView } from "../../server/protocol.ts";
import { ApiError, api } from "../api.ts";
import { icon, type IconName } from "../icons.ts";
import type { SourceChoice } from "../map/groups.ts";
import { detailOf, emit } from "../state/events.ts";
import { loadPanes, savePanes, type Width, WidthController } from "../state/layout.ts";
import { SessionFeed } from "../state/session-feed.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import "./nl-bar.ts";
import "./nl-confirm.ts";
import "./nl-grip.ts";
import "./nl-lesson.ts";
import "./nl-pictures.ts";
import "./nl-terminals.ts";
import type { NlConfirm } from "./nl-confirm.ts";
import type { NlLesson } from "./nl-lesson.ts";
import { type PictureName, pictureNames, type ReachChange } from "./nl-pictures.ts";
import type { NlTerminals } from "./nl-terminals.ts";

type Pane = "lesson" | "terminal" | "pictures";
const flowsKept = 60;
const initialSizes: Readonly<Record<"wide" | "widest", { readonly lesson: number; readonly pictures: number }>> = {
  wide: { lesson: 25.5, pictures: 29.5 },
  widest: { lesson: 28, pictures: 36 },
};

/** A lesson beside its world: text, pictures and terminals, and what is done to them. */
@customElement("nl-workspace")
export class NlWorkspace extends LitElement {
  @property() lessonId = "";
  @state() private lesson: LessonView | null = null;
  @state() private terminals: readonly TerminalView[] = [];
  @state() private selected = "1";
  @state() private undoable: readonly string[] = [];
  @state() private picture: MapPicture | null = null;
  @state() private flows: readonly FlowView[] = [];
  @state() private news: FlowView | null = null;
  @state() private change: ReachChange | null = null;
  @state() private checks: ReadonlyMap<number, CheckView> = new Map();
  @state() private checkPictures: ReadonlyMap<number, MapPicture> = new Map();
  @state() private isChecking = false;
  @state() private isLive = false;
  @state() private wasLive = false;
  @state() private failure: { readonly message: string; readonly isMissing: boolean } | null = null;
  @state() private pane: Pane = "lesson";
  @state() private shown: PictureName = "map";
  @state() private source: SourceChoice = "auto";
  @state() private sizes = loadPanes();
  @state() private isResizing = false;
  @query("nl-terminals") private terminalPane?: NlTerminals;
  @query("nl-lesson") private lessonPane?: NlLesson;
  @query("nl-confirm") private confirmation?: NlConfirm;

  readonly #width = new WidthController(this);
  #feed: SessionFeed | null = null;
  /** Resolves when the terminals are there, so that an early click is not lost. */
  #opened: Promise<void> = Promise.resolve();

  static override styles = [
    shared,
    css`
      :host {
        block-size: 100dvh;
        display: flex;
        flex-direction: column;
        overflow: hidden;
      }
      .panes {
        flex: 1;
        min-block-size: 0;
        display: grid;
        grid-template: minmax(0, var(--pictures)) minmax(0, 1fr) / minmax(0, var(--lesson)) minmax(0, 1fr);
      }
      .pane {
        position: relative;
        min-inline-size: 0;
        min-block-size: 0;
        background: var(--paper);
      }
      .lesson {
        grid-row: 1 / -1;
        border-inline-end: 1px solid var(--line);
      }
      .clip {
        block-size: 100%;
        overflow: hidden;
      }
      .panes.middle,
      .panes.phone {
        grid-template: minmax(0, 1fr) / minmax(0, 22rem) minmax(0, 1fr);
      }
      .panes.phone {
        grid-template-columns: minmax(0, 1fr);
      }
      .panes.phone .lesson {
        border: 0;
      }
      .away {
        display: none;
      }
      .bottom {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        border-block-start: 1px solid var(--line);
        background: var(--paper);
        padding-block-end: env(safe-area-inset-bottom);
        flex: none;
      }
      .bottom button {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        gap: 0.1rem;
        block-size: 3.4rem;
        border: 0;
        border-block-start: 2px solid transparent;
        margin-block-start: -1px;
        background: none;
        color: var(--ink-3);
        font-size: var(--text-xs);
      }
      .bottom button[aria-pressed="true"] {
        color: var(--ink);
        border-block-start-color: var(--ink);
        font-weight: 600;
      }
      .switch {
        display: flex;
        gap: var(--space-1);
        padding: 0.25rem var(--space-3);
        border-block-end: 1px solid var(--line);
      }
      .switch button[aria-pressed="true"] {
        background: var(--ink);
        color: var(--on-ink);
      }
      .right {
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        min-inline-size: 0;
      }
      .right > .pane {
        flex: 1;
      }
      .failure {
        padding: 3rem 1.5rem;
        max-inline-size: 40rem;
        margin-inline: auto;
        display: grid;
        gap: 0.8rem;
        justify-items: start;
      }
      .failure h1 {
        font: 500 var(--text-xl) / 1.2 var(--font-prose);
      }
    `,
  ];

  constructor() {
    super();
    this.addEventListener("nl-type", (event) => void this.#type(detailOf("nl-type", event)));
    this.addEventListener("nl-step", (event) => void this.moveTo(detailOf("nl-step", event).step));
    this.addEventListener("nl-check", () => void this.check());
    this.addEventListener("nl-hint", (event) => void this.#showHint(detailOf("nl-hint", event)));
    this.addEventListener("nl-reset", () => void this.reset());
    this.addEventListener("nl-undo", () => void this.undo());
    this.addEventListener("nl-new-terminal", () => void this.newTerminal());
    this.addEventListener(
      "nl-close-terminal",
      (event) => void this.#closeTerminal(detailOf("nl-close-terminal", event).id),
    );
    // A terminal that came back says that the world is awake and the server there.
    this.addEventListener("nl-connection", (event) => {
      if ((event as CustomEvent<string>).detail === "live") this.#feed?.reconnect();
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
    this.#feed?.close();
    this.#feed = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("lessonId")) this.#opened = this.#load();
  }

  // ---------------------------------------------------------------- rendering

  protected override render() {
    const { lesson, failure } = this;
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
        .undo=${this.undoable.at(-1) ?? null}
      ></nl-bar>
      <main class="panes ${width}">${this.#renderPanes(width)}</main>
      ${width === "phone" ? this.#renderBottom() : nothing}
      <nl-confirm
        .question=${text.lesson.resetAsk}
        .detail=${text.lesson.resetText}
        .yes=${text.lesson.resetYes}
        .no=${text.lesson.resetNo}
      ></nl-confirm>
    `;
  }

  #renderPanes(width: Width) {
    const isPhone = width === "phone";
    const isMiddle = width === "middle";
    const isWide = !isPhone && !isMiddle;
    const sizes = this.#sizesFor(width);
    const shows = (pane: Pane): boolean =>
      isPhone ? this.pane === pane : isMiddle ? pane === "lesson" || this.#rightPane() === pane : true;
    const limits = isWide ? this.#limits() : null;
    return html`
      <section class="pane lesson ${shows("lesson") ? "" : "away"}" aria-label=${text.lesson.label}>
        <div class="clip">
          <nl-lesson .lesson=${this.lesson} .checks=${this.checks} .pictures=${this.checkPictures} ?checking=${this.isChecking}></nl-lesson>
        </div>
        ${
          limits
            ? html`<nl-grip
                orientation="vertical"
                .label=${text.grips.lesson}
                .value=${sizes.lesson}
                .min=${16}
                .max=${limits.lesson}
                .initial=${initialSizes[width === "widest" ? "widest" : "wide"].lesson}
                @nl-resize=${(event: Event) => this.#resize("lesson", event)}
              ></nl-grip>`
            : nothing
        }
      </section>
      <section class="pane ${shows("pictures") ? "" : "away"}" aria-label=${text.pictures.label}>
        <div class="clip">
          ${isMiddle ? this.#renderSwitch() : nothing}
          <nl-pictures
            .picture=${this.picture}
            .flows=${this.flows}
            .news=${this.news}
            .change=${this.change}
            .shown=${this.shown}
            .source=${this.source}
            ?stale=${this.wasLive && !this.isLive}
            @nl-select=${(event: Event) => this.showPicture(detailOf("nl-select", event).id as PictureName)}
          ></nl-pictures>
        </div>
        ${
          limits
            ? html`<nl-grip
                orientation="horizontal"
                .label=${text.grips.pictures}
                .value=${sizes.pictures}
                .min=${10}
                .max=${limits.pictures}
                .initial=${initialSizes[width === "widest" ? "widest" : "wide"].pictures}
                @nl-resize=${(event: Event) => this.#resize("pictures", event)}
              ></nl-grip>`
            : nothing
        }
      </section>
      <section class="pane ${shows("terminal") ? "" : "away"}" aria-label=${text.terminal.label}>
        <div class="clip right">
          ${isMiddle ? this.#renderSwitch() : nothing}
          <nl-terminals
            .lesson=${this.lessonId}
            .terminals=${this.terminals}
            .selected=${this.selected}
            ?frozen=${this.isResizing}
            ?phone=${isPhone}
            @nl-select=${(event: Event) => {
              this.selected = detailOf("nl-select", event).id;
            }}
          ></nl-terminals>
        </div>
      </section>
    `;
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

  #renderFailure({ message, isMissing }: { readonly message: string; readonly isMissing: boolean }) {
    return html`<nl-bar></nl-bar>
      <main class="failure">
        <h1>${isMissing ? text.lesson.missing : text.lesson.failed}</h1>
        <p role="alert">${message}</p>
        <div class="row">
          ${
            isMissing
              ? nothing
              : html`<button class="btn solid" @click=${() => {
                  this.#opened = this.#load();
                }}>${text.retry}</button>`
          }
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

  protected override updated(): void {
    const sizes = this.#sizesFor(this.#width.value);
    this.style.setProperty("--lesson", `${sizes.lesson}rem`);
    this.style.setProperty("--pictures", `${sizes.pictures}rem`);
  }

  // ------------------------------------------------------------------ actions

  async check(): Promise<void> {
    const step = this.lesson?.steps[this.lesson.progress.step];
    const ids = (step?.blocks ?? []).flatMap((block) => (block.kind === "check" ? [block.id] : []));
    if (this.isChecking || ids.length === 0) return;
    this.isChecking = true;
    try {
      for (const id of ids) this.#checked(await api.check(this.lessonId, id));
      if (this.#width.value === "phone") this.showPane("lesson");
      await this.updateComplete;
      this.lessonPane?.showVerdict();
      const passed = ids.every((id) => this.checks.get(id)?.passed);
      emit(this, "nl-say", { message: passed ? text.lesson.solvedText : "" });
    } catch (error) {
      this.#complain(error);
    } finally {
      this.isChecking = false;
    }
  }

  async moveTo(step: number): Promise<void> {
    const { lesson } = this;
    if (!lesson || step < 0 || step >= lesson.steps.length) return;
    this.lesson = {
      ...lesson,
      progress: {
        ...lesson.progress,
        step,
        status: lesson.progress.status === "new" ? "started" : lesson.progress.status,
      },
    };
    this.lessonPane?.showStep();
    try {
      const progress = await api.moveTo(this.lessonId, step);
      if (this.lesson?.id === lesson.id) this.lesson = { ...this.lesson, progress: { ...progress, step } };
    } catch (error) {
      this.#complain(error);
    }
  }

  nextStep(by = 1): void {
    void this.moveTo((this.lesson?.progress.step ?? 0) + by);
  }

  async undo(): Promise<void> {
    const command = this.undoable.at(-1);
    if (command === undefined) return;
    try {
      await api.undo(this.lessonId);
      emit(this, "nl-say", { message: text.errors.undone(command) });
      this.news = null;
      this.terminalPane?.focus();
    } catch (error) {
      this.#complain(error);
    }
  }

  async reset(): Promise<void> {
    if (!(await this.confirmation?.ask())) return;
    try {
      await api.reset(this.lessonId);
      this.checks = new Map();
      this.news = null;
      this.change = null;
      emit(this, "nl-say", { message: text.errors.reset });
    } catch (error) {
      this.#complain(error);
    }
  }

  async skip(seconds: number): Promise<void> {
    await api.skip(this.lessonId, seconds).catch((error: unknown) => this.#complain(error));
  }

  async newTerminal(): Promise<TerminalView | null> {
    try {
      const terminal = await api.openTerminal(this.lessonId);
      if (!this.terminals.some(({ id }) => id === terminal.id)) this.terminals = [...this.terminals, terminal];
      this.selected = terminal.id;
      await this.updateComplete;
      this.focusTerminal();
      return terminal;
    } catch (error) {
      this.#complain(error);
      return null;
    }
  }

  showPicture(name: PictureName): void {
    this.shown = name;
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
      while (this.terminals.length < terminal && (await this.newTerminal()));
      this.selected = this.terminals[terminal - 1]?.id ?? this.selected;
    }
    if (this.#width.value === "phone" || this.#width.value === "middle") this.pane = "terminal";
    await this.updateComplete;
    await this.terminalPane?.updateComplete;
    this.terminalPane?.type(commands.replaceAll("\n", "\r") + (run ? "\r" : ""));
    this.terminalPane?.focus();
  }

  async #closeTerminal(id: string): Promise<void> {
    try {
      await api.closeTerminal(this.lessonId, id);
      const at = this.terminals.findIndex((terminal) => terminal.id === id);
      this.terminals = this.terminals.filter((terminal) => terminal.id !== id);
      this.selected = this.terminals[Math.max(0, at - 1)]?.id ?? "1";
      this.focusTerminal();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #showHint({ block, count }: { readonly block: string; readonly count: number }): Promise<void> {
    try {
      const hints = await api.hints(this.lessonId, block, count);
      if (!this.lesson) return;
      this.lesson = {
        ...this.lesson,
        steps: this.lesson.steps.map((step) => ({
          ...step,
          blocks: step.blocks.map((one) =>
            one.kind === "hints" && one.id === hints.id ? { ...one, shown: hints.shown } : one,
          ),
        })),
      };
    } catch (error) {
      this.#complain(error);
    }
  }

  // ------------------------------------------------------------------ session

  async #load(): Promise<void> {
    const id = this.lessonId;
    this.#feed?.close();
    this.failure = null;
    Object.assign(this, {
      lesson: null,
      picture: null,
      flows: [],
      news: null,
      change: null,
      checks: new Map(),
      terminals: [],
      source: "auto",
    });
    try {
      const lesson = await api.lesson(id);
      if (this.lessonId !== id) return;
      this.lesson = lesson;
      document.title = `${lesson.title} · ${text.product}`;
      if (lesson.progress.status === "new") void this.moveTo(0);
      const session = await api.session(id);
      if (this.lessonId !== id || !this.isConnected) return;
      this.terminals = session.terminals;
      this.selected = session.terminals[0]?.id ?? "1";
      this.undoable = session.history.undo;
      this.#feed = new SessionFeed(
        id,
        (event) => this.#hear(event),
        (isLive) => {
          this.isLive = isLive;
          this.wasLive ||= isLive;
        },
      );
      if (this.#width.value !== "phone") this.focusTerminal();
    } catch (error) {
      if (this.lessonId !== id) return;
      const isMissing = error instanceof ApiError && error.status === 404;
      this.failure = { message: error instanceof Error ? error.message : text.errors.offline, isMissing };
    }
  }

  #hear(event: SessionEvent): void {
    switch (event.type) {
      case "map":
        this.picture = event.picture;
        break;
      case "flows":
        this.#flowsCame(event.flows, event.isWhole);
        break;
      case "terminals":
        this.terminals = event.terminals;
        if (!event.terminals.some(({ id }) => id === this.selected)) this.selected = event.terminals.at(-1)?.id ?? "1";
        break;
      case "history":
        this.undoable = event.history.undo;
        break;
      case "check":
        this.#checked(event.check);
        break;
      case "progress":
        // Another tab may stand at another step; only what was achieved is shared.
        if (this.lesson)
          this.lesson = { ...this.lesson, progress: { ...event.progress, step: this.lesson.progress.step } };
        break;
      case "change":
        this.change = event;
        break;
      case "asleep":
        break;
      case "fault":
        emit(this, "nl-say", { message: event.message });
        break;
    }
  }

  #flowsCame(flows: readonly FlowView[], isWhole: boolean): void {
    this.flows = (isWhole ? flows : [...this.flows, ...flows]).slice(-flowsKept);
    if (isWhole) return;
    // A name lookup comes before nearly every flow; the flow itself is the news.
    const news = flows
      .filter(({ port, protocol, outcome }) => !(port === 53 && protocol === "UDP" && outcome === "connected"))
      .at(-1);
    if (news) this.news = news;
  }

  #checked(check: CheckView): void {
    this.checks = new Map(this.checks).set(check.id, check);
    if (this.picture) this.checkPictures = new Map(this.checkPictures).set(check.id, this.picture);
    if (!check.passed || !this.lesson) return;
    const passed = [...new Set([...this.lesson.progress.passed, check.id])];
    const status = check.finishedLesson ? "done" : this.lesson.progress.status;
    this.lesson = { ...this.lesson, progress: { ...this.lesson.progress, passed, status } };
  }

  #complain(error: unknown): void {
    emit(this, "nl-say", { message: error instanceof Error ? error.message : text.errors.offline });
  }

  readonly #comeBack = (): void => {
    if (document.visibilityState !== "visible") return;
    this.#feed?.reconnect();
    this.terminalPane?.currentTerminal?.reconnect();
  };

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

  // -------------------------------------------------------------------- sizes

  #rightPane(): Pane {
    return this.pane === "pictures" ? "pictures" : "terminal";
  }

  #sizesFor(width: Width): { readonly lesson: number; readonly pictures: number } {
    const initial = initialSizes[width === "widest" ? "widest" : "wide"];
    const { lesson: most, pictures: highest } = this.#limits();
    const lesson = this.sizes["lesson"] ?? initial.lesson;
    const pictures = this.sizes["pictures"] ?? Math.min(initial.pictures, highest * 0.7);
    return { lesson: Math.min(most, lesson), pictures: Math.min(highest, pictures) };
  }

  #limits(): { readonly lesson: number; readonly pictures: number } {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    return { lesson: Math.max(16, innerWidth / rem - 34), pictures: Math.max(10, innerHeight / rem - 14) };
  }

  #resize(pane: "lesson" | "pictures", event: Event): void {
    event.stopPropagation();
    const { size, isFinal } = detailOf("nl-resize", event);
    this.sizes = { ...this.sizes, [pane]: Math.round(size * 4) / 4 };
    this.isResizing = !isFinal;
    if (isFinal) savePanes(this.sizes);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "nl-workspace": NlWorkspace;
  }
}
