import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { TerminalView } from "../../server/protocol.ts";
import { icon } from "../icons.ts";
import { emit } from "../state/events.ts";
import type { ConnectionState } from "../state/terminal-connection.ts";
import { shared, tabs } from "../styles/shared.ts";
import { text } from "../text.ts";
import "./nl-keybar.ts";
import "./nl-terminal.ts";
import type { NlTerminal } from "./nl-terminal.ts";

/** The terminals of a session behind tabs. */
@customElement("nl-terminals")
export class NlTerminals extends LitElement {
  @property() lesson = "";
  @property({ attribute: false }) terminals: readonly TerminalView[] = [];
  @property() selected = "";
  @property({ type: Boolean }) frozen = false;
  @property({ type: Boolean }) phone = false;
  @state() private states: ReadonlyMap<string, ConnectionState> = new Map();
  @query("nl-terminal[active]") private current?: NlTerminal;
  #shownTab = -1;

  static override styles = [
    shared,
    tabs,
    css`
      :host {
        display: flex;
        flex-direction: column;
        block-size: 100%;
        min-block-size: 0;
        min-inline-size: 0;
        background: var(--term-bg);
        color: var(--term-fg);
      }
      .pane-bar {
        border-block-end-color: var(--term-line);
      }
      .strip {
        display: grid;
        grid-auto-flow: column;
        align-items: stretch;
        min-inline-size: 0;
        overflow-x: auto;
        scrollbar-width: none;
      }
      .tabs {
        display: contents;
      }
      .tab {
        color: var(--term-dim);
      }
      .several .tab {
        padding-inline-end: 1.9rem;
      }
      .several .tab[aria-selected="true"]::after {
        inset-inline-end: 1.9rem;
      }
      .tab:hover,
      .tab[aria-selected="true"] {
        color: var(--term-fg);
      }
      .tab:focus-visible {
        box-shadow: inset 0 0 0 2px var(--term-fg);
      }
      .btn.bare {
        color: var(--term-dim);
        align-self: center;
      }
      .btn.bare:hover {
        background: var(--term-select);
        color: var(--term-fg);
      }
      .btn:focus-visible {
        box-shadow: inset 0 0 0 2px var(--term-fg);
      }
      /* It lies on the end of the tab in use, so that no tab moves when another is chosen. */
      .btn.close {
        position: relative;
        z-index: 1;
        grid-row: 1;
        justify-self: end;
        min-block-size: 1.5rem;
        inline-size: 1.5rem;
        margin-inline-end: 0.25rem;
      }
      .tab,
      .new {
        grid-row: 1;
      }
      .hint {
        align-self: center;
        color: var(--term-dim);
        font-size: var(--text-2xs);
      }
      .screens {
        flex: 1;
        min-block-size: 0;
        position: relative;
      }
      nl-terminal {
        position: absolute;
        inset: 0;
      }
      nl-terminal:not([active]) {
        visibility: hidden;
      }
      @media (max-width: 699.98px) {
        .pane-bar {
          block-size: 2.75rem;
        }
        .hint {
          display: none;
        }
      }
    `,
  ];

  /** Types into the terminal in use. */
  type(keys: string): void {
    this.current?.type(keys);
  }

  /** Gives the terminal in use a whole text, as a paste where the program can tell. */
  paste(text: string): void {
    this.current?.paste(text);
  }

  override focus(): void {
    this.current?.focus();
  }

  get currentTerminal(): NlTerminal | undefined {
    return this.current;
  }

  protected override render() {
    const selected = this.terminals.some(({ id }) => id === this.selected) ? this.selected : this.terminals[0]?.id;
    return html`
      <div class="pane-bar">
        <div class="strip ${this.terminals.length > 1 ? "several" : ""}">
          <div class="tabs" role="tablist" aria-label=${text.terminal.list} @keydown=${this.#tabKey}>
            ${repeat(
              this.terminals,
              ({ id }) => id,
              (terminal) => this.#renderTab(terminal, terminal.id === selected),
            )}
          </div>
          ${this.terminals.length > 1 && selected ? this.#renderClose(selected) : nothing}
        </div>
        <button
          class="btn bare square small new"
          aria-label=${text.terminal.new}
          title=${text.terminal.new}
          @click=${() => emit(this, "nl-new-terminal", undefined)}
        >
          ${icon("plus", 16)}
        </button>
        <span class="grow"></span>
        <span class="hint">${text.terminal.leave}</span>
      </div>
      <div class="screens">
        ${repeat(
          this.terminals,
          ({ id }) => id,
          ({ id, title }) => html`<nl-terminal
            role="tabpanel"
            data-terminal=${id}
            aria-label=${title}
            aria-hidden=${id === selected ? nothing : "true"}
            .lesson=${this.lesson}
            .terminal=${id}
            .name=${title}
            ?active=${id === selected}
            ?frozen=${this.frozen}
            @nl-connection=${(event: CustomEvent<ConnectionState>) => this.#connectionChanged(id, event.detail)}
          ></nl-terminal>`,
        )}
      </div>
      ${this.phone ? html`<nl-keybar .target=${() => this.current}></nl-keybar>` : nothing}
    `;
  }

  protected override updated(): void {
    const tabs = [...this.renderRoot.querySelectorAll<HTMLElement>(".tab")];
    const at = tabs.findIndex((tab) => tab.ariaSelected === "true");
    // Set here because the content security policy allows no style attributes.
    for (const [index, tab] of tabs.entries()) tab.style.gridColumn = String(index + 1);
    const close = this.renderRoot.querySelector<HTMLElement>(".close");
    if (close) close.style.gridColumn = String(at + 1);
    if (at !== this.#shownTab) tabs[at]?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.#shownTab = at;
  }

  #renderClose(id: string) {
    const label = text.terminal.closeOne(this.#titleOf(id));
    return html`<button
      class="btn bare square small close"
      aria-label=${label}
      title=${label}
      @click=${() => emit(this, "nl-close-terminal", { id })}
    >
      ${icon("cross", 12)}
    </button>`;
  }

  #renderTab({ id, title }: TerminalView, isSelected: boolean) {
    const isAway = this.states.get(id) === "reconnecting";
    return html`<button
      class="tab"
      role="tab"
      aria-selected=${isSelected ? "true" : "false"}
      tabindex=${isSelected ? 0 : -1}
      title=${isAway ? text.terminal.reconnecting : nothing}
      @click=${() => this.#select(id)}
    >
      ${isAway ? icon("unknown", 16, text.terminal.reconnecting) : icon("terminal", 16)}${title}
    </button>`;
  }

  #titleOf(id: string): string {
    return this.terminals.find((terminal) => terminal.id === id)?.title ?? "";
  }

  #select(id: string): void {
    emit(this, "nl-select", { id });
    void this.updateComplete.then(() => this.focus());
  }

  #tabKey(event: KeyboardEvent): void {
    if (event.key === "Delete" && this.terminals.length > 1) {
      const at = [...this.renderRoot.querySelectorAll(".tab")].indexOf(event.target as Element);
      const focused = this.terminals[at];
      event.preventDefault();
      if (focused) emit(this, "nl-close-terminal", { id: focused.id });
      return;
    }
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = this.terminals.findIndex(({ id }) => id === this.selected);
    const next = this.terminals[(Math.max(0, at) + step + this.terminals.length) % this.terminals.length];
    if (!next) return;
    event.preventDefault();
    emit(this, "nl-select", { id: next.id });
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  }

  #connectionChanged(id: string, state: ConnectionState): void {
    this.states = new Map(this.states).set(id, state);
  }
}
