import { FitAddon } from "@xterm/addon-fit";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import xtermStyles from "@xterm/xterm/css/xterm.css?inline";
import { css, html, LitElement, unsafeCSS, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { sockets } from "../api.ts";
import { copyText } from "../clipboard.ts";
import { emit } from "../state/events.ts";
import { SettingsController } from "../state/settings.ts";
import { type ConnectionState, TerminalConnection, type TerminalScreen } from "../state/terminal-connection.ts";
import { shared } from "../styles/shared.ts";
import { paintWithoutStyleAttributes, withoutStyleElements } from "../terminal-sheet.ts";
import { readTerminalTheme } from "../terminal-theme.ts";
import { text } from "../text.ts";

/** One name for this page's life: the server knows by it what has arrived. */
const client = `page-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`;

/** One terminal of the session: screen, keyboard, clipboard, connection. */
@customElement("nl-terminal")
export class NlTerminal extends LitElement {
  @property() lesson = "";
  @property() terminal = "";
  @property() name = "";
  @property({ type: Boolean }) active = false;
  /** While a grip moves, fitting waits for its release. */
  @property({ type: Boolean }) frozen = false;
  @state() private connectionState: ConnectionState = "connecting";

  readonly #settings = new SettingsController(this, () => this.#restyle());
  #xterm: Terminal | null = null;
  #fit = new FitAddon();
  #connection: TerminalConnection | null = null;
  #observer: ResizeObserver | null = null;
  #fitTimer: ReturnType<typeof setTimeout> | undefined;
  #isPast = true;
  /** Ctrl held on the phone's key bar. */
  #holdsControl = false;

  static override styles = [
    shared,
    unsafeCSS(xtermStyles),
    css`
      :host {
        position: relative;
        block-size: 100%;
        min-block-size: 0;
        background: var(--term-bg);
        color: var(--term-fg);
      }
      .screen {
        position: absolute;
        inset: 0.6rem 0.25rem 0.4rem 1rem;
        overflow: hidden;
      }
      .xterm {
        block-size: 100%;
        padding: 0;
      }
      .xterm .xterm-viewport {
        background: none;
      }
      /* Half the colour, as xterm.js has it, would be too faint to read. */
      .xterm .xterm-rows .xterm-dim:not([class*="xterm-fg-"]) {
        color: var(--term-dim) !important;
      }
      .xterm .xterm-helper-textarea:focus-visible {
        box-shadow: none;
      }
      .screen:focus-within {
        outline: 2px solid transparent;
      }
      .state {
        position: absolute;
        inset-block-start: 0.5rem;
        inset-inline-end: 1rem;
        padding: 0.3rem 0.6rem;
        border: 1px solid var(--term-line);
        border-radius: var(--radius-1);
        background: color-mix(in srgb, var(--term-bg), var(--term-fg) 8%);
        color: var(--term-fg);
        font-size: var(--text-xs);
      }
      :host([data-state="reconnecting"]) .xterm .xterm-cursor-layer,
      :host([data-state="reconnecting"]) .xterm .xterm-cursor {
        opacity: 0.35;
      }
      @media (max-width: 699.98px) {
        .screen {
          inset-inline-start: 0.75rem;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) void this.updateComplete.then(() => this.#open());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#fitTimer);
    this.#observer?.disconnect();
    this.#connection?.close();
    this.#xterm?.dispose();
    this.#xterm = null;
    this.#connection = null;
  }

  protected override firstUpdated(): void {
    this.#open();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("active") && this.active) this.#fitSoon(0);
    if (changed.has("frozen") && !this.frozen) this.#fitSoon(0);
  }

  override focus(): void {
    this.#xterm?.focus();
  }

  /** Types as the person at the keyboard would. */
  type(keys: string): void {
    if (this.#holdsControl && keys.length === 1) {
      this.#holdsControl = false;
      this.dispatchEvent(new CustomEvent("nl-control-used"));
      this.#connection?.type(String.fromCharCode(keys.toUpperCase().charCodeAt(0) & 31));
      return;
    }
    this.#connection?.type(keys);
  }

  holdControl(isHeld: boolean): void {
    this.#holdsControl = isHeld;
  }

  /** An arrow key in the form the running program asked for. */
  arrow(direction: "A" | "B" | "C" | "D"): void {
    this.#connection?.type(`\x1b${this.#xterm?.modes.applicationCursorKeysMode ? "O" : "["}${direction}`);
  }

  /** Types a whole text, as a paste where the program can tell. */
  paste(text: string): void {
    this.#xterm?.paste(text);
  }

  reconnect(): void {
    this.#connection?.reconnect();
  }

  /** For tests of coming back. */
  drop(): void {
    this.#connection?.drop();
  }

  /** What is on the screen, for tests and for copying. */
  get screenText(): string {
    const buffer = this.#xterm?.buffer.active;
    if (!buffer) return "";
    const rows: string[] = [];
    for (let row = 0; row < buffer.length; row++) rows.push(buffer.getLine(row)?.translateToString(true) ?? "");
    return rows.join("\n").trimEnd();
  }

  protected override render() {
    return html`<div class="screen"></div>
      ${this.#renderState()}`;
  }

  #renderState() {
    const message =
      this.connectionState === "reconnecting"
        ? text.terminal.lost
        : this.connectionState === "asleep"
          ? text.terminal.asleep
          : this.connectionState === "closed"
            ? text.terminal.gone
            : "";
    return html`<div class="state" role="status" ?hidden=${message === ""}>${message}</div>`;
  }

  #open(): void {
    const screen = this.renderRoot.querySelector<HTMLElement>(".screen");
    if (!screen || this.#xterm || !this.isConnected) return;
    const xterm = new Terminal({
      allowProposedApi: true,
      cursorBlink: false,
      cursorStyle: "block",
      cursorInactiveStyle: "outline",
      fontFamily: getComputedStyle(this).getPropertyValue("--font-mono").trim() || "monospace",
      fontSize: this.#fontSize(),
      lineHeight: 1.2,
      scrollback: 2000,
      screenReaderMode: this.#settings.value.reader === "on",
      macOptionIsMeta: true,
      rightClickSelectsWord: true,
      theme: readTerminalTheme(this),
    });
    this.#xterm = xterm;
    this.#fit = new FitAddon();
    xterm.loadAddon(this.#fit);
    xterm.loadAddon(new Unicode11Addon());
    xterm.unicode.activeVersion = "11";
    xterm.loadAddon(new WebLinksAddon());
    withoutStyleElements(() => xterm.open(screen));
    paintWithoutStyleAttributes(xterm);
    xterm.textarea?.setAttribute("aria-label", text.terminal.screen(this.name));
    this.#swallowPastQueries(xterm);
    xterm.attachCustomKeyEventHandler((event) => this.#isForShell(event));
    this.#connection = new TerminalConnection({
      address: sockets.terminal(this.lesson, this.terminal),
      client,
      screen: this.#asScreen(xterm),
    });
    xterm.onData((data) => this.type(data));
    xterm.onBinary((data) => this.#connection?.type(Uint8Array.from(data, (character) => character.charCodeAt(0))));
    xterm.onResize(({ cols, rows }) => {
      if (!this.#isPast) this.#connection?.resize(cols, rows);
    });
    xterm.textarea?.addEventListener("focus", () => this.#fitSoon(0));
    this.#observer = new ResizeObserver(() => this.#fitSoon(60));
    this.#observer.observe(this);
    this.#fitSoon(0);
  }

  #asScreen(xterm: Terminal): TerminalScreen {
    // Empty writes keep sizes and clearings in order with the bytes around them.
    return {
      clear: () =>
        xterm.write("", () => {
          this.#isPast = true;
          xterm.reset();
        }),
      write: (bytes, shown) => xterm.write(bytes, shown),
      size: (columns, rows) => xterm.write("", () => xterm.resize(columns, rows)),
      live: () =>
        xterm.write("", () => {
          this.#isPast = false;
          this.#fitSoon(0);
        }),
      stateChanged: (state) => {
        this.connectionState = state;
        this.dataset["state"] = state;
        xterm.options.disableStdin = state === "closed";
        this.dispatchEvent(new CustomEvent("nl-connection", { detail: state, bubbles: true, composed: true }));
      },
    };
  }

  /** What programs asked the terminal in the past has been answered then. */
  #swallowPastQueries(xterm: Terminal): void {
    const isPast = (): boolean => this.#isPast;
    for (const identifier of [
      { final: "c" },
      { prefix: ">", final: "c" },
      { prefix: "=", final: "c" },
      { final: "n" },
      { prefix: "?", final: "n" },
      { intermediates: "$", final: "p" },
      { prefix: "?", intermediates: "$", final: "p" },
    ]) {
      xterm.parser.registerCsiHandler(identifier, isPast);
    }
    for (const code of [4, 10, 11, 12]) xterm.parser.registerOscHandler(code, (data) => isPast() && data.includes("?"));
    xterm.parser.registerDcsHandler({ intermediates: "$", final: "q" }, isPast);
  }

  /** Whether a key goes to the shell; the few others are the page's or the browser's. */
  #isForShell(event: KeyboardEvent): boolean {
    const { ctrlKey, shiftKey, altKey, metaKey, key } = event;
    if (key === "F6") return !(ctrlKey && shiftKey);
    if (metaKey) return false;
    if (ctrlKey && !altKey && key === "Enter") return false;
    if (ctrlKey && shiftKey && key.toLowerCase() === "c") {
      if (event.type === "keydown") this.#copy(event);
      return false;
    }
    // The browser pastes; xterm.js hears its paste event.
    if (ctrlKey && !altKey && key.toLowerCase() === "v") return false;
    if (ctrlKey && !shiftKey && !altKey && key === "c" && this.#xterm?.hasSelection()) {
      if (event.type === "keydown") this.#copy(event);
      return false;
    }
    return true;
  }

  #copy(event: KeyboardEvent): void {
    const selection = this.#xterm?.getSelection();
    if (!selection) return;
    event.preventDefault();
    this.#xterm?.clearSelection();
    void copyText(selection).then((isCopied) =>
      emit(this, "nl-say", { message: isCopied ? text.lesson.copied : text.lesson.notCopied }),
    );
  }

  #fitSoon(delayMs: number): void {
    clearTimeout(this.#fitTimer);
    this.#fitTimer = setTimeout(() => {
      if (this.frozen || !this.active || !this.#xterm || this.clientWidth === 0 || this.clientHeight === 0) return;
      // Sizes of the past are still to be played; `live` fits once they have been.
      if (this.#isPast && this.connectionState !== "connecting") return;
      this.#fit.fit();
      this.#connection?.resize(this.#xterm.cols, this.#xterm.rows);
    }, delayMs);
  }

  #restyle(): void {
    if (!this.#xterm) return;
    this.#xterm.options.theme = readTerminalTheme(this);
    this.#xterm.options.fontSize = this.#fontSize();
    this.#xterm.options.screenReaderMode = this.#settings.value.reader === "on";
    this.#fitSoon(60);
  }

  #fontSize(): number {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    return Math.round(rem * 0.8125);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "nl-terminal": NlTerminal;
  }
}
