import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { emit } from "../state/events.ts";
import { shared } from "../styles/shared.ts";

/**
 * The line between two panes. Drag it; or arrows 1rem, with Shift 4rem, Home and End to
 * the limits, Enter collapses, a double click resets. Sizes in rem.
 */
@customElement("nl-grip")
export class NlGrip extends LitElement {
  @property() orientation: "vertical" | "horizontal" = "vertical";
  @property() label = "";
  @property({ type: Number }) value = 20;
  @property({ type: Number }) min = 10;
  @property({ type: Number }) max = 40;
  @property({ type: Number }) initial = 20;
  #restored = 0;

  static override styles = [
    shared,
    css`
      :host {
        position: absolute;
        z-index: 3;
        touch-action: none;
      }
      :host([orientation="vertical"]) {
        inset-block: 0;
        inset-inline-end: -4px;
        inline-size: 8px;
        cursor: col-resize;
      }
      :host([orientation="horizontal"]) {
        inset-inline: 0;
        inset-block-end: -4px;
        block-size: 8px;
        cursor: row-resize;
      }
      .line {
        position: absolute;
        inset: 0;
      }
      .line::after {
        content: "";
        position: absolute;
        background: var(--line-strong);
        border-radius: 2px;
        transition: background var(--move-fast);
      }
      :host([orientation="vertical"]) .line::after {
        inset-inline-start: 2.5px;
        inset-block-start: calc(50% - 14px);
        inline-size: 3px;
        block-size: 28px;
      }
      :host([orientation="horizontal"]) .line::after {
        inset-block-start: 2.5px;
        inset-inline-start: calc(50% - 14px);
        block-size: 3px;
        inline-size: 28px;
      }
      .line:hover::after,
      .line:focus-visible::after {
        background: var(--ink);
      }
      .line:focus-visible {
        box-shadow: none;
        outline: none;
      }
      .line:focus-visible::after {
        box-shadow: var(--focus);
      }
    `,
  ];

  protected override render() {
    return html`<div
      class="line"
      role="separator"
      tabindex="0"
      aria-label=${this.label}
      aria-orientation=${this.orientation}
      aria-valuenow=${Math.round(this.value)}
      aria-valuemin=${Math.round(this.min)}
      aria-valuemax=${Math.round(this.max)}
      @keydown=${this.#key}
      @pointerdown=${this.#grab}
      @dblclick=${() => this.#set(this.initial, true)}
    ></div>`;
  }

  #key(event: KeyboardEvent): void {
    const step = event.shiftKey ? 4 : 1;
    const less = this.orientation === "vertical" ? "ArrowLeft" : "ArrowUp";
    const more = this.orientation === "vertical" ? "ArrowRight" : "ArrowDown";
    const next = {
      [less]: this.value - step,
      [more]: this.value + step,
      Home: this.min,
      End: this.max,
      Enter: this.value > 0 ? 0 : this.#restored || this.initial,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (event.key === "Enter") {
      this.#restored = this.value;
      emit(this, "nl-resize", { size: next, isFinal: true });
    } else {
      this.#set(next, true);
    }
  }

  #grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    const line = event.currentTarget as HTMLElement;
    line.setPointerCapture(event.pointerId);
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    const start = this.orientation === "vertical" ? event.clientX : event.clientY;
    const from = this.value;
    const sizeAt = (to: PointerEvent): number =>
      from + ((this.orientation === "vertical" ? to.clientX : to.clientY) - start) / rem;
    const move = (to: PointerEvent): void => this.#set(sizeAt(to), false);
    const release = (to: PointerEvent): void => {
      line.removeEventListener("pointermove", move);
      line.removeEventListener("pointerup", release);
      line.removeEventListener("pointercancel", release);
      this.#set(sizeAt(to), true);
    };
    line.addEventListener("pointermove", move);
    line.addEventListener("pointerup", release);
    line.addEventListener("pointercancel", release);
  }

  #set(size: number, isFinal: boolean): void {
    emit(this, "nl-resize", { size: Math.min(this.max, Math.max(this.min, size)), isFinal });
  }
}
