import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icon, mark } from "../icons.ts";
import { emit } from "../state/events.ts";
import { changeSettings, SettingsController, type Settings } from "../state/settings.ts";
import { shortCommand } from "../state/short-command.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";

const nextTheme: Readonly<Record<Settings["theme"], Settings["theme"]>> = {
  system: "light",
  light: "dark",
  dark: "system",
};

/** The top bar of every place: where one is, and what is always at hand. */
@customElement("nl-bar")
export class NlBar extends LitElement {
  @property() track = "";
  @property() name = "";
  /** Of a phone: how far one is. */
  @property() progress = "";
  @property({ type: Boolean }) workspace = false;
  @property({ type: Boolean }) phone = false;
  /** What undo would take back; null when there is nothing. */
  @property({ attribute: false }) undo: string | null = null;
  readonly #settings = new SettingsController(this);

  static override styles = [
    shared,
    css`
      :host {
        flex: none;
      }
      header {
        display: flex;
        align-items: center;
        gap: var(--space-3);
        block-size: var(--bar);
        padding: 0 var(--space-4);
        border-block-end: 1px solid var(--line);
        background: var(--paper);
      }
      .brand {
        display: inline-flex;
        align-items: center;
        gap: 0.5rem;
        font-weight: var(--weight-bold);
        font-size: 0.9375rem;
        letter-spacing: -0.012em;
        text-decoration: none;
        white-space: nowrap;
      }
      .brand .mark {
        display: block;
      }
      .brand span span {
        font-weight: var(--weight-regular);
      }
      .line {
        inline-size: 1px;
        block-size: 1.25rem;
        background: var(--line);
        flex: none;
      }
      nav {
        display: flex;
        gap: var(--space-2);
        align-items: center;
        min-inline-size: 0;
        white-space: nowrap;
      }
      nav b {
        font-weight: var(--weight-medium);
        overflow: hidden;
        text-overflow: ellipsis;
      }
      nav .sep {
        color: var(--line-strong);
      }
      .search {
        inline-size: 24rem;
        min-inline-size: 0;
        justify-content: flex-start;
        color: var(--ink-3);
        padding-inline-end: 0.35rem;
      }
      .search .grow {
        text-align: start;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .middle {
        flex: 1;
        min-inline-size: 0;
        display: flex;
        justify-content: center;
      }
      .tools {
        display: flex;
        align-items: center;
        gap: var(--space-1);
      }
      .tools .line {
        margin-inline: var(--space-2);
      }
      @media (max-width: 699.98px) {
        header {
          block-size: 3rem;
          padding: 0 0.5rem 0 var(--space-4);
          gap: var(--space-2);
        }
        .search,
        .wide {
          display: none;
        }
        h1 {
          font-size: var(--text-sm);
          font-weight: 600;
          white-space: nowrap;
          overflow: hidden;
          text-overflow: ellipsis;
        }
      }
    `,
  ];

  protected override render() {
    const { theme } = this.#settings.value;
    return html`<header>
      <a class="brand" href="/" aria-label=${text.bar.home} @click=${this.#goHome}>
        ${mark}${this.phone && this.workspace ? nothing : html`<span>Netpol <span>Lab</span></span>`}
      </a>
      ${this.workspace ? this.#renderPlace() : html`<div class="middle">${this.#renderSearch()}</div>`}
      ${this.workspace ? html`<span class="grow"></span>` : nothing}
      <div class="tools">
        ${this.workspace ? this.#renderWorkspaceTools() : nothing}
        ${
          this.phone
            ? html`<button class="btn bare square" aria-label=${text.bar.find} @click=${() => emit(this, "nl-open", { what: "palette" })}>
                ${icon("more", 18)}
              </button>`
            : html`<button
                  class="btn bare square"
                  aria-label=${text.bar.theme(text.settings.themes[theme])}
                  title=${text.bar.theme(text.settings.themes[theme])}
                  @click=${() => changeSettings({ theme: nextTheme[theme] })}
                >
                  ${icon("theme", 16)}
                </button>
                <button
                  class="btn bare square"
                  aria-label=${text.bar.settings}
                  title=${text.bar.settings}
                  @click=${() => emit(this, "nl-open", { what: "settings" })}
                >
                  ${icon("settings", 16)}
                </button>`
        }
      </div>
    </header>`;
  }

  #renderPlace() {
    if (this.phone) {
      return html`<h1>${this.name}</h1>`;
    }
    return html`<span class="line"></span>
      <nav aria-label=${text.bar.place}>
        <a href="/" @click=${this.#goHome}>${this.track}</a><span class="sep">/</span><b>${this.name}</b>
      </nav>`;
  }

  #renderSearch() {
    return html`<button class="btn search" @click=${() => emit(this, "nl-open", { what: "palette" })}>
      ${icon("search", 16)}<span class="grow">${text.bar.search}</span><kbd>Ctrl K</kbd>
    </button>`;
  }

  #renderWorkspaceTools() {
    const label = this.undo === null ? text.bar.nothingToUndo : text.bar.undoOf(shortCommand(this.undo));
    return html`${this.phone && this.progress ? html`<span class="label">${this.progress}</span>` : nothing}
      <button
        class="btn bare square"
        aria-label=${label}
        title=${label}
        ?disabled=${this.undo === null}
        @click=${() => emit(this, "nl-undo", undefined)}
      >
        ${icon("undo", 16)}
      </button>
      ${
        this.phone
          ? nothing
          : html`<button class="btn bare wide" @click=${() => emit(this, "nl-open", { what: "palette" })}>
                ${icon("search", 16)}${text.bar.find} <kbd>Ctrl K</kbd>
              </button>
              <span class="line wide"></span>`
      }`;
  }

  #goHome(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    emit(this, "nl-go", { path: "/" });
  }
}
