import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import type { NlTerminal } from "./nl-terminal.ts";

/** The keys a phone's keyboard lacks. */
@customElement("nl-keybar")
export class NlKeybar extends LitElement {
  @property({ attribute: false }) target: () => NlTerminal | undefined = () => undefined;
  @state() private isControlHeld = false;

  static override styles = [
    shared,
    css`
      .keys {
        display: flex;
        gap: 4px;
        padding: 5px 6px;
        background: color-mix(in srgb, var(--term-bg), var(--term-fg) 10%);
      }
      button {
        flex: 1;
        min-inline-size: 0;
        block-size: 2.6rem;
        border: 0;
        border-radius: var(--radius-1);
        background: color-mix(in srgb, var(--term-bg), var(--term-fg) 20%);
        color: var(--term-fg);
        font: 400 var(--text-xs) / 1 var(--font-mono);
        padding: 0;
        touch-action: manipulation;
      }
      button[aria-pressed="true"] {
        background: var(--term-fg);
        color: var(--term-bg);
      }
    `,
  ];

  protected override render() {
    const key = (label: string, name: string, press: (terminal: NlTerminal) => void) =>
      html`<button
        aria-label=${name}
        @pointerdown=${(event: Event) => event.preventDefault()}
        @click=${() => this.#press(press)}
      >
        ${label}
      </button>`;
    return html`<div class="keys" role="toolbar" aria-label=${text.terminal.keys}>
      ${key("esc", "Escape", (terminal) => terminal.type("\x1b"))} ${key("tab", "Tab", (terminal) => terminal.type("\t"))}
      <button
        aria-label="Control"
        aria-pressed=${this.isControlHeld ? "true" : "false"}
        @pointerdown=${(event: Event) => event.preventDefault()}
        @click=${this.#toggleControl}
      >
        ctrl
      </button>
      ${key("^C", "Control C", (terminal) => terminal.type("\x03"))} ${key("|", "Pipe", (terminal) => terminal.type("|"))}
      ${key("-", "Hyphen", (terminal) => terminal.type("-"))} ${key("/", "Slash", (terminal) => terminal.type("/"))}
      ${key("←", "Left", (terminal) => terminal.arrow("D"))} ${key("↑", "Up", (terminal) => terminal.arrow("A"))}
      ${key("↓", "Down", (terminal) => terminal.arrow("B"))} ${key("→", "Right", (terminal) => terminal.arrow("C"))}
    </div>`;
  }

  #press(press: (terminal: NlTerminal) => void): void {
    const terminal = this.target();
    if (!terminal) return;
    press(terminal);
    terminal.focus();
  }

  #toggleControl(): void {
    const terminal = this.target();
    this.isControlHeld = !this.isControlHeld;
    terminal?.holdControl(this.isControlHeld);
    terminal?.addEventListener("nl-control-used", () => (this.isControlHeld = false), { once: true });
    terminal?.focus();
  }
}
