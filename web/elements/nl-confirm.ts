import { css, html, LitElement } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { dialogStyles } from "../styles/dialog.ts";
import { shared } from "../styles/shared.ts";
import { closeOnBackdrop } from "./nl-settings.ts";

/** Asks once before something that cannot be taken back. */
@customElement("nl-confirm")
export class NlConfirm extends LitElement {
  @property() question = "";
  @property() detail = "";
  @property() yes = "";
  @property() no = "";
  @query("dialog") private dialog?: HTMLDialogElement;
  #answer: ((isYes: boolean) => void) | null = null;

  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog {
        inline-size: min(26rem, calc(100vw - 2rem));
      }
      .content > * + * {
        margin-block-start: 0.6rem;
      }
      h2 {
        font: 500 var(--text-xl) / 1.2 var(--font-prose);
      }
      p {
        color: var(--ink-2);
      }
      .row {
        justify-content: flex-end;
        padding-block-start: 0.4rem;
      }
    `,
  ];

  ask(): Promise<boolean> {
    this.dialog?.showModal();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  protected override render() {
    return html`<dialog aria-label=${this.question} @click=${closeOnBackdrop} @close=${() => this.#close(false)}>
      <div class="content">
        <h2>${this.question}</h2>
        <p>${this.detail}</p>
        <div class="row">
          <button class="btn" @click=${() => this.#close(false)}>${this.no}</button>
          <button class="btn solid" @click=${() => this.#close(true)}>${this.yes}</button>
        </div>
      </div>
    </dialog>`;
  }

  #close(isYes: boolean): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(isYes);
    this.dialog?.close();
  }
}
