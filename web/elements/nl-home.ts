import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { LessonCard, LessonList, TrackView } from "../../server/protocol.ts";
import { icon } from "../icons.ts";
import { emit } from "../state/events.ts";
import { prose, shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import "./nl-hero-picture.ts";

/** Where one begins: what comes next, all lessons with their progress, and the sandbox. */
@customElement("nl-home")
export class NlHome extends LitElement {
  @property({ attribute: false }) list: LessonList | null = null;
  @property() failure = "";

  static override styles = [
    shared,
    prose,
    css`
      main {
        max-inline-size: 78rem;
        margin-inline: auto;
        padding: 2.5rem 1.5rem 4rem;
      }
      .hero {
        display: grid;
        grid-template-columns: 1fr minmax(0, 27rem);
        gap: var(--space-7);
        align-items: center;
        padding-block-end: 2.25rem;
      }
      .hero .text > * + * {
        margin-block-start: 0.65rem;
      }
      .over {
        font-size: var(--text-xs);
        color: var(--ink-3);
      }
      h1 {
        font: 500 var(--text-2xl) / 1.15 var(--font-prose);
        letter-spacing: -0.015em;
        margin-block-start: 0.15rem !important;
      }
      /* Until it is known where the learner stands: the room is kept, and nothing flashes. */
      .waiting {
        visibility: hidden;
      }
      .hero .prose {
        max-inline-size: 34rem;
      }
      .hero .btn {
        min-block-size: 2.25rem;
        padding: 0 1rem;
      }
      .track {
        border-block-start: 2px solid var(--ink);
      }
      .track + .track {
        margin-block-start: 1.6rem;
      }
      .track > header {
        display: flex;
        justify-content: space-between;
        align-items: baseline;
        padding: 0.5rem 0 0.45rem;
      }
      h2 {
        font-size: var(--text-md);
        font-weight: var(--weight-bold);
      }
      .lesson {
        display: grid;
        grid-template-columns: 1.9rem minmax(0, 1fr) 12rem 5rem 6.5rem;
        gap: 0 var(--space-4);
        align-items: center;
        padding: 0.75rem 0;
        border-block-start: 1px solid var(--line);
        position: relative;
      }
      .lesson:hover {
        background: linear-gradient(to right, transparent, var(--select) 3rem, var(--select) calc(100% - 3rem), transparent);
      }
      .place {
        color: var(--ink-3);
        font: 400 var(--text-lg) / 1 var(--font-prose);
      }
      h3 {
        font-size: var(--text-md);
        font-weight: 600;
      }
      h3 a {
        text-decoration: none;
      }
      h3 a::after {
        content: "";
        position: absolute;
        inset: 0;
      }
      h3 a:focus-visible {
        box-shadow: none;
      }
      h3 a:focus-visible::after {
        box-shadow: var(--focus);
        border-radius: var(--radius-1);
      }
      .lesson p {
        color: var(--ink-2);
      }
      .ticks {
        display: flex;
        gap: 3px;
        margin-block-end: 0.2rem;
      }
      .ticks i {
        inline-size: 0.5rem;
        block-size: 0.75rem;
        border: 1px solid var(--line-strong);
      }
      .ticks i.done {
        background: var(--ink);
        border-color: var(--ink);
      }
      .ticks i.now {
        background: linear-gradient(to top, var(--ink) 50%, transparent 50%);
        border-color: var(--ink);
      }
      .time {
        text-align: end;
      }
      .open {
        justify-self: end;
        color: var(--ink-2);
        display: inline-flex;
        align-items: center;
        gap: 0.3rem;
      }
      .doors {
        display: grid;
        grid-template-columns: repeat(2, 1fr);
        margin-block-start: 2rem;
        border-block-start: 2px solid var(--ink);
      }
      .door {
        display: grid;
        grid-template-columns: 2rem 1fr;
        row-gap: 0.2rem;
        padding: 0.9rem var(--space-5) 0.2rem 0;
        text-decoration: none;
        text-align: start;
        border: 0;
        background: none;
        cursor: pointer;
        align-content: start;
      }
      .door + .door {
        border-inline-start: 1px solid var(--line);
        padding-inline-start: var(--space-5);
      }
      .door > :not(.icon) {
        grid-column: 2;
      }
      .door b {
        font-size: var(--text-md);
        font-weight: 600;
        grid-row: 1;
      }
      .door:hover b {
        text-decoration: underline;
        text-underline-offset: 0.18em;
      }
      .door > span {
        color: var(--ink-2);
      }
      .door > .label {
        color: var(--ink-3);
      }
      .empty {
        padding-block: var(--space-6);
        color: var(--ink-2);
      }
      .empty > * + * {
        margin-block-start: 0.6rem;
      }
      @media (max-width: 899.98px) {
        .hero {
          grid-template-columns: 1fr;
          gap: var(--space-5);
        }
        nl-hero-picture {
          max-inline-size: 27rem;
        }
        .lesson {
          grid-template-columns: 1.9rem minmax(0, 1fr) auto;
          row-gap: 0.4rem;
        }
        .progress {
          grid-column: 2;
          grid-row: 2;
          display: flex;
          align-items: center;
          gap: 0.6rem;
        }
        .ticks {
          margin: 0;
        }
        .time {
          grid-column: 3;
          grid-row: 2;
        }
        .open {
          grid-column: 3;
          grid-row: 1;
        }
      }
      @media (max-width: 699.98px) {
        main {
          padding: 1.5rem 1rem 3rem;
        }
        .hero .btn {
          min-block-size: var(--target);
        }
        .hero .btn.solid {
          inline-size: 100%;
        }
        .hero .row {
          flex-wrap: wrap;
        }
        .doors {
          grid-template-columns: 1fr;
        }
        .door + .door {
          border-inline-start: 0;
          border-block-start: 1px solid var(--line);
          margin-block-start: 0.7rem;
          padding-inline-start: 0;
        }
        .open span {
          display: none;
        }
      }
    `,
  ];

  protected override render() {
    return html`<main>${this.#renderHero()} ${this.list || this.failure ? [this.#renderTracks(), this.#renderDoors()] : nothing}</main>`;
  }

  #renderHero() {
    const next = this.list?.continue ?? null;
    return html`<section class="hero" aria-label=${next ? text.home.continueButton : text.product}>
      <div class="text ${this.list || this.failure ? "" : "waiting"}">
        ${next ? this.#renderContinue(next) : this.#renderWelcome()}
      </div>
      <nl-hero-picture></nl-hero-picture>
    </section>`;
  }

  #renderContinue({ lesson, stepTitle, at }: NonNullable<LessonList["continue"]>) {
    return html`<p class="over">${text.home.continueOver(lesson.progress.step + 1, lesson.stepCount)}</p>
      <h1>${lesson.title}</h1>
      <p class="prose">${stepTitle}. ${lesson.summary}</p>
      <div class="row">${this.#renderLink(lesson.id, "btn solid", html`${icon("play", 14)}${text.home.continueButton}`)}</div>
      <p class="label">${text.home.continueSmall(formatTime(at))}</p>`;
  }

  #renderWelcome() {
    const lessons = (this.list?.tracks ?? []).flatMap((track) => track.lessons);
    const next = lessons.find(({ progress }) => progress.status !== "done") ?? lessons[0];
    const label = next === lessons[0] ? text.home.start : text.home.startNext;
    return html`<p class="over">${text.home.heroOver}</p>
      <h1>${text.home.heroTitle}</h1>
      <p class="prose">${text.home.heroText}</p>
      ${this.failure ? nothing : html`<div class="row">${this.#renderLink(next?.id ?? "sandbox", "btn solid", html`${icon("play", 14)}${next ? label : text.home.sandbox}`)}</div>`}
      <p class="label">${text.home.startSmall}</p>`;
  }

  #renderTracks() {
    if (this.failure) {
      return html`<section class="track">
        <div class="empty">
          <p role="alert">${text.home.failed} ${this.failure}</p>
          <button class="btn" @click=${() => this.dispatchEvent(new CustomEvent("nl-retry"))}>${text.retry}</button>
        </div>
      </section>`;
    }
    if (!this.list || this.list.tracks.length === 0)
      return html`<section class="track"><p class="empty">${text.home.none}</p></section>`;
    return this.list.tracks.map((track) => this.#renderTrack(track));
  }

  #renderTrack({ title, lessons }: TrackView) {
    const done = lessons.filter(({ progress }) => progress.status === "done").length;
    return html`<section class="track" aria-label=${title}>
      <header>
        <h2>${title}</h2>
        <span class="label">${text.home.count(lessons.length, done)}</span>
      </header>
      <ol>
        ${lessons.map((lesson, index) => this.#renderLesson(lesson, index + 1))}
      </ol>
    </section>`;
  }

  #renderLesson(lesson: LessonCard, place: number) {
    const { progress, stepCount } = lesson;
    const isDone = progress.status === "done";
    const label = isDone
      ? text.home.openDone
      : progress.status === "started"
        ? text.home.openStarted
        : text.home.openNew;
    const at = progress.status === "new" ? 0 : progress.step + 1;
    return html`<li class="lesson">
      <span class="place" aria-hidden="true">${place}</span>
      <div>
        <h3>${this.#renderLink(lesson.id, "", html`${lesson.title}`)}</h3>
        <p>${lesson.summary}</p>
      </div>
      <div class="progress">
        <span class="ticks" aria-hidden="true">
          ${Array.from({ length: stepCount }, (_, index) => {
            const state =
              isDone || index < progress.step
                ? "done"
                : progress.status === "started" && index === progress.step
                  ? "now"
                  : "";
            return html`<i class=${state}></i>`;
          })}
        </span>
        <span class="label">${isDone ? text.home.done : text.home.steps(at, stepCount)}</span>
      </div>
      <span class="label time">${text.home.minutes(lesson.minutes)}</span>
      <span class="open" aria-hidden="true"><span>${label}</span>${icon("chevron-right", 14)}</span>
    </li>`;
  }

  #renderDoors() {
    return html`<nav class="doors" aria-label=${text.bar.more}>
      <a class="door" href="/lesson/sandbox" @click=${(event: MouseEvent) => this.#go(event, "/lesson/sandbox")}>
        ${icon("sandbox", 20)}<b>${text.home.sandbox}</b><span>${text.home.sandboxText}</span
        ><span class="label">${text.home.sandboxSmall}</span>
      </a>
      <button class="door" @click=${() => emit(this, "nl-open", { what: "keys" })}>
        ${icon("terminal", 20)}<b>${text.home.keys}</b><span>${text.home.keysText}</span><span class="label">${text.home.keysSmall}</span>
      </button>
    </nav>`;
  }

  #renderLink(lesson: string, style: string, content: unknown) {
    const path = `/lesson/${lesson}`;
    return html`<a class=${style} href=${path} @click=${(event: MouseEvent) => this.#go(event, path)}>${content}</a>`;
  }

  #go(event: MouseEvent, path: string): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    emit(this, "nl-go", { path });
  }
}

function formatTime(ms: number): string {
  const date = new Date(ms);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? `${time} today` : `${date.toLocaleDateString([], { day: "numeric", month: "long" })}, ${time}`;
}
