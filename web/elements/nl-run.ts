import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { copyText } from "../clipboard.ts";
import { icon } from "../icons.ts";
import { emit } from "../state/events.ts";
import { splitCommands } from "../state/split-commands.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";

/** Commands of a lesson; a click types one into a terminal. */
@customElement("nl-run")
export class NlRun extends LitElement {
  @property() commands = "";
  /** Counted from 1; 0 is the one in use. */
  @property({ type: Number }) terminal = 0;
  @state() private copied = false;

  static override styles = [
    shared,
    css`
      .block {
        position: relative;
        border: 1px solid var(--line);
        border-radius: var(--radius-1);
        background: var(--sunken);
        margin-block: 0.15rem;
      }
      .command {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        inline-size: 100%;
        padding: 0.38rem 0.6rem;
        border: 0;
        border-radius: 0;
        background: none;
        text-align: start;
        cursor: pointer;
        font: 400 var(--text-xs) / 1.5 var(--font-mono);
        font-variant-ligatures: none;
      }
      .command + .command {
        border-block-start: 1px solid var(--line);
      }
      .command:hover {
        background: var(--select);
      }
      .command .icon {
        color: var(--ink-3);
        align-self: flex-start;
        margin-block-start: 0.2rem;
      }
      .command:hover .icon {
        color: var(--ink);
      }
      .text {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        flex: 1;
        min-inline-size: 0;
      }
      /* A word is broken only where it does not fit into a line: \`--image\` is one. */
      .text span {
        display: inline-block;
        max-inline-size: 100%;
      }
      .foot {
        display: flex;
        align-items: center;
        justify-content: flex-end;
        gap: 0.25rem;
        font-size: var(--text-2xs);
        color: var(--ink-3);
        border-block-start: 1px solid var(--line);
        padding-inline-start: 0.6rem;
      }
      .foot .btn {
        min-block-size: 1.5rem;
        font-size: var(--text-2xs);
        color: var(--ink-3);
      }
    `,
  ];

  protected override render() {
    const commands = splitCommands(this.commands);
    return html`<div class="block">
      ${commands.map(
        (command) => html`<button
          class="command"
          aria-label=${text.lesson.run(command, this.terminal)}
          @click=${(event: MouseEvent) => this.#run(command, event)}
        >
          ${icon("play", 12)}<span class="text">${words(command)}</span>
        </button>`,
      )}
      ${
        commands.length > 1 || this.terminal > 0 || (commands[0] ?? "").includes("\n")
          ? html`<div class="foot">
              ${this.terminal > 0 ? html`<span class="grow">${text.lesson.runIn(this.terminal)}</span>` : nothing}
              <button class="btn bare" @click=${this.#copy}>
                ${icon("copy", 12)}${this.copied ? text.lesson.copied : text.lesson.copy}
              </button>
            </div>`
          : nothing
      }
    </div>`;
  }

  /** With Shift or Alt the line is typed but not entered. */
  #run(command: string, event: MouseEvent): void {
    emit(this, "nl-type", {
      commands: command,
      terminal: this.terminal,
      run: !event.shiftKey && !event.altKey,
    });
  }

  async #copy(): Promise<void> {
    if (!(await copyText(this.commands))) return emit(this, "nl-say", { message: text.lesson.notCopied });
    this.copied = true;
    setTimeout(() => (this.copied = false), 1500);
  }
}

/** The words of a command, with the space between them left as it is. */
function words(command: string) {
  return command.split(/(\s+)/).map((part) => (/^\s*$/.test(part) ? part : html`<span>${part}</span>`));
}
