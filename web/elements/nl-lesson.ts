import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { BlockView, LessonView, SolutionView } from "../../server/protocol.ts";
import { api } from "../api.ts";
import { icon } from "../icons.ts";
import { renderMarkdown } from "../markdown.ts";
import { emit } from "../state/events.ts";
import type { CheckRecord } from "../state/lesson-session.ts";
import { prose, shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import "./nl-run.ts";
import "./nl-verdict.ts";

/** The lesson: its steps as a line to walk along, the present one open. */
@customElement("nl-lesson")
export class NlLesson extends LitElement {
  @property({ attribute: false }) lesson: LessonView | null = null;
  @property({ attribute: false }) checks: ReadonlyMap<number, CheckRecord> = new Map();
  @property({ type: Boolean }) checking = false;
  @state() private solution: SolutionView | null = null;
  readonly #rendered = new Map<string, string>();

  static override styles = [
    shared,
    prose,
    css`
      :host {
        display: flex;
        flex-direction: column;
        block-size: 100%;
        min-block-size: 0;
        min-inline-size: 0;
      }
      .body {
        overflow: auto;
        padding: var(--space-4) var(--space-5) var(--space-4);
        flex: 1;
        overscroll-behavior: contain;
      }
      .body:focus-visible {
        box-shadow: inset 0 0 0 2px var(--focus-outer);
      }
      .over {
        font-size: var(--text-xs);
        color: var(--ink-3);
        margin-block-end: 0.2rem;
      }
      h1 {
        font: 500 var(--text-xl) / 1.2 var(--font-prose);
        letter-spacing: -0.008em;
      }
      .steps {
        margin-block-start: var(--space-3);
      }
      .steps > li {
        position: relative;
        padding: 0 0 0.5rem 1.7rem;
      }
      .steps > li:not(:last-child)::after {
        content: "";
        position: absolute;
        inset-inline-start: 0.53rem;
        inset-block: 1.35rem -0.1rem;
        inline-size: 1px;
        background: var(--line);
      }
      .dot {
        position: absolute;
        inset-inline-start: 0;
        inset-block-start: 0.05rem;
        inline-size: 1.1rem;
        block-size: 1.1rem;
        display: grid;
        place-items: center;
        font: 500 var(--text-2xs) / 1 var(--font-ui);
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-full);
        color: var(--ink-3);
        background: var(--paper);
        z-index: 1;
      }
      .passed > .dot {
        background: var(--ink-3);
        border-color: var(--ink-3);
        color: var(--paper);
      }
      .now > .dot {
        background: var(--ink);
        border-color: var(--ink);
        color: var(--on-ink);
        inset-block-start: 0.12rem;
      }
      .now {
        scroll-margin-block: 0.75rem;
        padding-block-end: 1.1rem !important;
      }
      .title {
        border: 0;
        background: none;
        padding: 0;
        text-align: start;
        cursor: pointer;
        color: var(--ink-2);
      }
      .passed .title {
        color: var(--ink-3);
      }
      .title:hover {
        text-decoration: underline;
        text-underline-offset: 0.18em;
      }
      h2 {
        font: 700 var(--text-lg) / 1.3 var(--font-prose);
        margin-block-end: 0.2rem;
      }
      h2:focus-visible {
        box-shadow: none;
      }
      .blocks > nl-run:first-child {
        display: block;
        margin-block-start: 0.5rem;
      }
      .blocks > * + * {
        margin-block-start: 0.7rem;
      }
      .output {
        font: 400 var(--text-xs) / 1.5 var(--font-mono);
        font-variant-ligatures: none;
        color: var(--ink-2);
        padding: 0.1rem 0 0.1rem 0.75rem;
        border-inline-start: 2px solid var(--line);
        overflow-x: auto;
        white-space: pre;
      }
      .hint {
        padding-inline-start: 0.8rem;
        border-inline-start: 2px solid var(--line-strong);
        color: var(--ink-2);
      }
      .hint.prose {
        font-size: 0.96875rem;
        line-height: 1.5;
        font-style: italic;
      }
      .hint + .hint {
        margin-block-start: 0.5rem;
      }
      .tools .bare {
        margin-inline-start: calc(-1 * var(--space-2));
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
        align-items: center;
        margin-block-start: 0.6rem;
      }
      .solution {
        border-block-start: 1px solid var(--line);
        padding-block-start: 0.6rem;
      }
      .solution pre {
        margin-block: 0.4rem;
        padding: 0.6rem 0.75rem;
        background: var(--sunken);
        border: 1px solid var(--line);
        border-radius: var(--radius-1);
        font-size: var(--text-xs);
        line-height: 1.5;
        overflow-x: auto;
      }
      .solved {
        margin-block-start: 0.2rem;
        font: 500 var(--text-lg) / 1.4 var(--font-prose);
      }
      .held {
        display: flex;
        align-items: center;
        gap: 0.4rem;
        color: var(--ink-2);
      }
      .foot {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-5);
        border-block-start: 1px solid var(--line);
        flex: none;
        min-block-size: 3.25rem;
      }
      @media (max-width: 699.98px) {
        .body {
          padding: 0.9rem var(--space-4);
        }
        .over,
        h1 {
          display: none;
        }
        .steps {
          margin-block-start: 0;
        }
        .foot {
          padding-inline: var(--space-4);
          min-block-size: 3.75rem;
        }
        .foot kbd {
          display: none;
        }
        .foot .btn {
          min-block-size: var(--target);
        }
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("lesson");
    if (before && before.id !== this.lesson?.id) this.solution = null;
  }

  /** Goes to the top of the present step, for the eye and for the screen reader. */
  showStep(): void {
    void this.updateComplete.then(() => {
      const heading = this.renderRoot.querySelector<HTMLElement>(".now h2");
      heading?.focus({ preventScroll: true });
      heading?.closest("li")?.scrollIntoView({ block: "nearest" });
    });
  }

  showVerdict(): void {
    void this.updateComplete.then(() => {
      const verdict = this.renderRoot.querySelector("nl-verdict");
      requestAnimationFrame(() => verdict?.scrollIntoView({ block: "nearest" }));
    });
  }

  protected override render() {
    const { lesson } = this;
    if (!lesson) return html`<div class="body"><p class="label">${text.loading}</p></div>`;
    return html`
      <div class="body" tabindex="0" role="group" aria-label=${text.lesson.label}>
        ${lesson.placeCount > 0 && lesson.place > 0 ? html`<p class="over">${text.lesson.over(lesson.trackTitle, lesson.place, lesson.placeCount)}</p>` : nothing}
        <h1>${lesson.title}</h1>
        <ol class="steps">
          ${lesson.steps.map((_, index) => this.#renderStep(lesson, index))}
        </ol>
      </div>
      ${this.#renderFoot(lesson)}
    `;
  }

  #renderStep(lesson: LessonView, index: number) {
    const step = lesson.steps[index];
    if (!step) return nothing;
    const isNow = index === lesson.progress.step;
    const isPassed = lesson.progress.status === "done" || index < lesson.progress.step;
    if (!isNow) {
      return html`<li class=${isPassed ? "passed" : ""}>
        <span class="dot" aria-hidden="true">${isPassed ? icon("check", 12) : index + 1}</span>
        <button class="title" @click=${() => emit(this, "nl-step", { step: index })}>${step.title}</button>
        ${isPassed ? html`<span class="vh">${text.lesson.stepDone}</span>` : nothing}
      </li>`;
    }
    return html`<li class="now" aria-current="step">
      <span class="dot" aria-hidden="true">${index + 1}</span>
      <h2 tabindex="-1">${step.title}</h2>
      <div class="blocks">${step.blocks.map((block) => this.#renderBlock(lesson, block))}</div>
    </li>`;
  }

  #renderBlock(lesson: LessonView, block: BlockView) {
    switch (block.kind) {
      case "text":
        return html`<div class="prose">${this.#markdown(block.markdown)}</div>`;
      case "run":
        return html`<nl-run .commands=${block.commands} .terminal=${this.#usesSeveralTerminals(lesson) ? block.terminal : 0}></nl-run>`;
      case "output":
        return html`<pre class="output" tabindex="0" role="group" aria-label=${text.lesson.output}>${block.text}</pre>`;
      case "hints":
        return this.#renderHints(block);
      case "check":
        return this.#renderCheck(lesson, block.id);
    }
  }

  /** Where one terminal is enough, commands go to whichever is in use. */
  #usesSeveralTerminals(lesson: LessonView): boolean {
    return lesson.steps.some(({ blocks }) => blocks.some((block) => block.kind === "run" && block.terminal > 1));
  }

  #renderHints(block: Extract<BlockView, { kind: "hints" }>) {
    const shown = block.shown.length;
    return html`<div>
      <div aria-live="polite">
        ${block.shown.map((hint) => html`<div class="hint prose">${this.#markdown(hint)}</div>`)}
      </div>
      <div class="tools">
        <button
          class="btn small"
          ?disabled=${shown >= block.count}
          @click=${() => emit(this, "nl-hint", { block: block.id, count: shown + 1 })}
        >
          ${icon("hint", 14)}${text.lesson.hint(shown, block.count)}
        </button>
      </div>
    </div>`;
  }

  #renderCheck(lesson: LessonView, id: number) {
    const record = this.checks.get(id);
    const check = record?.check;
    const heldBefore = !record && lesson.progress.passed.includes(id);
    return html`<div>
      ${
        record
          ? html`<nl-verdict .check=${record.check} .picture=${record.picture} ?past=${record.isPast}></nl-verdict>`
          : nothing
      }
      ${check?.passed ? html`<p class="solved">${check.finishedLesson ? text.lesson.wellDone : text.lesson.solvedText}</p>` : nothing}
      ${heldBefore ? html`<p class="held">${icon("check", 14)}${text.lesson.heldBefore}</p>` : nothing}
      ${
        lesson.hasSolution && !check?.passed
          ? html`<div class="tools">
                <button class="btn small bare" aria-expanded=${this.solution ? "true" : "false"} @click=${this.#toggleSolution}>
                  ${this.solution ? text.lesson.hideSolution : text.lesson.showSolution}
                </button>
              </div>
              ${this.#renderSolution()}`
          : nothing
      }
    </div>`;
  }

  #renderSolution() {
    const { solution } = this;
    if (!solution) return nothing;
    return html`<section class="solution">
      <p class="label">${text.lesson.solutionNote}</p>
      <pre tabindex="0" role="group" aria-label=${text.lesson.showSolution}>${solution.script.trim()}</pre>
      <button
        class="btn small"
        @click=${() => emit(this, "nl-type", { commands: solution.script.trim(), terminal: 0, run: true })}
      >
        ${icon("play", 12)}${text.lesson.solutionRun}
      </button>
    </section>`;
  }

  #renderFoot(lesson: LessonView) {
    const { step } = lesson.progress;
    const isLast = step >= lesson.steps.length - 1;
    const checkIds = (lesson.steps[step]?.blocks ?? []).flatMap((block) => (block.kind === "check" ? [block.id] : []));
    const isPassed = checkIds.every((id) => this.checks.get(id)?.check.passed || lesson.progress.passed.includes(id));
    const mustCheck = checkIds.length > 0 && !isPassed;
    return html`<div class="foot">
      ${
        checkIds.length > 0
          ? html`<button
              class="btn ${mustCheck ? "solid" : ""}"
              aria-disabled=${this.checking ? "true" : "false"}
              @click=${() => emit(this, "nl-check", undefined)}
            >
              ${this.checking ? text.lesson.checking : html`${text.lesson.check} <kbd>Ctrl ⏎</kbd>`}
            </button>`
          : nothing
      }
      ${
        isLast
          ? this.#renderLeave(lesson, mustCheck)
          : html`<button class="btn ${mustCheck ? "" : "solid"}" @click=${() => emit(this, "nl-step", { step: step + 1 })}>
              ${text.lesson.next}${icon("chevron-right", 14)}
            </button>`
      }
      <span class="grow"></span>
      ${this.#renderReset(lesson.track === "sandbox")}
    </div>`;
  }

  /** In the sandbox, where nothing else stands in the foot, it carries its name. */
  #renderReset(isNamed: boolean) {
    return html`<button
      class="btn bare ${isNamed ? "" : "square"}"
      aria-label=${text.lesson.reset}
      title=${text.lesson.reset}
      @click=${() => emit(this, "nl-reset", undefined)}
    >
      ${icon("reset", 16)}${isNamed ? text.lesson.resetYes : nothing}
    </button>`;
  }

  #renderLeave(lesson: LessonView, mustCheck: boolean) {
    if (mustCheck || lesson.track === "sandbox") return nothing;
    const path = lesson.next ? `/lesson/${lesson.next.id}` : "/";
    return html`<a
      class="btn solid"
      href=${path}
      @click=${(event: MouseEvent) => {
        event.preventDefault();
        emit(this, "nl-go", { path });
      }}
      >${lesson.next ? text.lesson.nextLesson(lesson.next.title) : text.lesson.finish}</a
    >`;
  }

  #markdown(source: string) {
    let rendered = this.#rendered.get(source);
    if (rendered === undefined) {
      rendered = renderMarkdown(source);
      this.#rendered.set(source, rendered);
    }
    return unsafeHTML(rendered);
  }

  async #toggleSolution(): Promise<void> {
    if (this.solution) {
      this.solution = null;
      return;
    }
    if (!this.lesson) return;
    try {
      this.solution = await api.solution(this.lesson.id);
    } catch (error) {
      emit(this, "nl-say", { message: error instanceof Error ? error.message : text.errors.offline });
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "nl-lesson": NlLesson;
  }
}
