import { css, html, LitElement } from "lit";
import { customElement, query } from "lit/decorators.js";
import { icon } from "../icons.ts";
import { dialogStyles } from "../styles/dialog.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import { closeOnBackdrop } from "./nl-settings.ts";

/** The list of keys. */
@customElement("nl-keys")
export class NlKeys extends LitElement {
  @query("dialog") private dialog?: HTMLDialogElement;

  static override styles = [
    shared,
    dialogStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: 9.5rem 1fr;
        gap: 0.4rem 1rem;
        align-items: baseline;
      }
      h3 {
        font-size: var(--text-xs);
        font-weight: 400;
        color: var(--ink-3);
        margin-block: 1.1rem 0.5rem;
      }
    `,
  ];

  open(): void {
    if (!this.dialog?.open) this.dialog?.showModal();
  }

  protected override render() {
    const { keys } = text;
    return html`<dialog aria-label=${keys.title} @click=${closeOnBackdrop}>
      <div class="head">
        <h2>${keys.title}</h2>
        <button class="btn bare square" aria-label=${text.close} @click=${() => this.dialog?.close()}>${icon("cross", 16)}</button>
      </div>
      <div class="content">
        ${renderRows(keys.rows)}
        <h3>${keys.terminalTitle}</h3>
        ${renderRows(keys.terminalRows)}
        <h3>${keys.gripTitle}</h3>
        ${renderRows(keys.gripRows)}
      </div>
    </dialog>`;
  }
}

function renderRows(rows: readonly (readonly [string, string])[]) {
  return html`<dl>
    ${rows.map(
      ([key, meaning]) => html`<dt><kbd>${key}</kbd></dt>
        <dd>${meaning}</dd>`,
    )}
  </dl>`;
}
