import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { icon, type IconName } from "../icons.ts";
import { dialogStyles } from "../styles/dialog.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import { closeOnBackdrop } from "./nl-settings.ts";

export interface PaletteEntry {
  readonly section: string;
  readonly title: string;
  readonly detail?: string;
  readonly icon?: IconName;
  readonly run: () => void;
}

/** Finds a lesson or runs a command by typing a few letters of it. */
@customElement("nl-palette")
export class NlPalette extends LitElement {
  @property({ attribute: false }) entries: readonly PaletteEntry[] = [];
  @state() private search = "";
  @state() private at = 0;
  @query("dialog") private dialog?: HTMLDialogElement;
  @query("input") private input?: HTMLInputElement;

  static override styles = [
    shared,
    dialogStyles,
    css`
      .field {
        display: flex;
        align-items: center;
        gap: 0.7rem;
        padding: 0 1.1rem;
        border-block-end: 1px solid var(--line);
        color: var(--ink-3);
      }
      input {
        flex: 1;
        block-size: 3rem;
        border: 0;
        background: none;
        color: var(--ink);
        font-size: var(--text-md);
        min-inline-size: 0;
      }
      input:focus-visible {
        box-shadow: none;
      }
      .list {
        overflow-y: auto;
        max-block-size: min(24rem, calc(100dvh - 12rem));
        padding-block: 0.4rem 0.6rem;
      }
      .section {
        padding: 0.5rem 1.1rem 0.25rem;
        font-size: var(--text-xs);
        color: var(--ink-3);
      }
      .entry {
        display: flex;
        align-items: center;
        gap: 0.7rem;
        padding: 0.4rem 1.1rem;
        cursor: pointer;
      }
      .entry .icon {
        color: var(--ink-3);
      }
      .entry .detail {
        color: var(--ink-3);
        margin-inline-start: auto;
        font-size: var(--text-xs);
        white-space: nowrap;
      }
      .entry[aria-selected="true"] {
        background: var(--select);
      }
      .entry[aria-selected="true"] .detail {
        color: var(--ink-2);
      }
      .none {
        padding: 1rem 1.1rem;
        color: var(--ink-3);
      }
      @media (pointer: coarse) {
        .entry {
          min-block-size: var(--target);
        }
      }
    `,
  ];

  open(): void {
    this.search = "";
    this.at = 0;
    if (!this.dialog?.open) this.dialog?.showModal();
    void this.updateComplete.then(() => {
      if (this.input) this.input.value = "";
      this.input?.focus();
    });
  }

  protected override render() {
    const found = this.#found();
    return html`<dialog aria-label=${text.palette.title} @click=${closeOnBackdrop}>
      <div class="field">
        ${icon("search", 18)}
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="found"
          aria-activedescendant=${found.length > 0 ? `entry-${this.at}` : nothing}
          aria-label=${text.palette.title}
          placeholder=${text.palette.placeholder}
          autocomplete="off"
          spellcheck="false"
          @input=${this.#typed}
          @keydown=${this.#key}
        />
        <kbd>Esc</kbd>
      </div>
      <div class="list" id="found" role="listbox" aria-label=${text.palette.title}>
        ${found.map((entry, index) => this.#renderEntry(entry, index, found[index - 1]))}
        ${found.length === 0 ? html`<p class="none" role="option" aria-selected="false" aria-disabled="true">${text.palette.none}</p>` : nothing}
      </div>
    </dialog>`;
  }

  #renderEntry(entry: PaletteEntry, index: number, before: PaletteEntry | undefined) {
    return html`${entry.section === before?.section ? nothing : html`<div class="section" role="presentation">${entry.section}</div>`}
      <div
        class="entry"
        id="entry-${index}"
        role="option"
        aria-selected=${index === this.at ? "true" : "false"}
        @click=${() => this.#run(entry)}
        @pointermove=${() => (this.at = index)}
      >
        ${icon(entry.icon ?? "chevron-right", 16)}<span>${entry.title}</span>${entry.detail ? html`<span class="detail">${entry.detail}</span>` : nothing}
      </div>`;
  }

  #found(): readonly PaletteEntry[] {
    const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
    return this.entries.filter(({ title, detail = "" }) => {
      const haystack = `${title} ${detail}`.toLowerCase();
      return words.every((word) => haystack.includes(word));
    });
  }

  #typed(event: InputEvent): void {
    this.search = (event.target as HTMLInputElement).value;
    this.at = 0;
  }

  #key(event: KeyboardEvent): void {
    const found = this.#found();
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      this.at = (this.at + step + found.length) % found.length;
      void this.updateComplete.then(() =>
        this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }),
      );
    }
    const chosen = found[this.at];
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      this.#run(chosen);
    }
  }

  #run(entry: PaletteEntry): void {
    this.dialog?.close();
    entry.run();
  }
}
