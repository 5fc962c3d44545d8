import { css, html, LitElement } from "lit";
import { customElement, query } from "lit/decorators.js";
import { icon } from "../icons.ts";
import { changeSettings, SettingsController, type Settings } from "../state/settings.ts";
import { dialogStyles } from "../styles/dialog.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";

/** How this page looks on this device. */
@customElement("nl-settings")
export class NlSettings extends LitElement {
  @query("dialog") private dialog?: HTMLDialogElement;
  readonly #settings = new SettingsController(this);

  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog {
        inline-size: min(26rem, calc(100vw - 2rem));
      }
      fieldset {
        border: 0;
        margin: 0;
        padding: 0.55rem 0;
        display: grid;
        grid-template-columns: 7rem 1fr;
        align-items: center;
      }
      fieldset + fieldset {
        border-block-start: 1px solid var(--line);
      }
      legend {
        float: inline-start;
        padding: 0;
        color: var(--ink-2);
      }
      .choices {
        display: inline-flex;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-1);
        overflow: hidden;
        justify-self: start;
      }
      label {
        position: relative;
        display: inline-flex;
        align-items: center;
        min-block-size: 1.875rem;
        padding: 0 0.8rem;
        cursor: pointer;
        color: var(--ink-2);
      }
      label + label {
        border-inline-start: 1px solid var(--line);
      }
      label:has(:checked) {
        background: var(--ink);
        color: var(--on-ink);
        font-weight: var(--weight-medium);
      }
      label:has(:focus-visible) {
        box-shadow: inset 0 0 0 2px var(--focus-inner), inset 0 0 0 4px var(--focus-outer);
      }
      input {
        position: absolute;
        opacity: 0;
        inset: 0;
        margin: 0;
        cursor: pointer;
      }
      @media (pointer: coarse) {
        label {
          min-block-size: var(--target);
        }
      }
    `,
  ];

  open(): void {
    if (!this.dialog?.open) this.dialog?.showModal();
  }

  protected override render() {
    const { settings } = text;
    return html`<dialog aria-label=${settings.title} @click=${closeOnBackdrop}>
      <div class="head">
        <h2>${settings.title}</h2>
        <button class="btn bare square" aria-label=${text.close} @click=${() => this.dialog?.close()}>${icon("cross", 16)}</button>
      </div>
      <div class="content">
        ${this.#renderChoice("theme", settings.theme, settings.themes)} ${this.#renderChoice("scale", settings.scale, settings.scales)}
        ${this.#renderChoice("terminal", settings.terminal, settings.terminals)}
        ${this.#renderChoice("contrast", settings.contrast, settings.contrasts)}
        ${this.#renderChoice("motion", settings.motion, settings.motions)} ${this.#renderChoice("reader", settings.reader, settings.readers)}
      </div>
    </dialog>`;
  }

  #renderChoice<Name extends keyof Settings>(
    name: Name,
    title: string,
    choices: Readonly<Record<Settings[Name], string>>,
  ) {
    return html`<fieldset>
      <legend>${title}</legend>
      <div class="choices">
        ${(Object.entries(choices) as [Settings[Name], string][]).map(
          ([value, label]) => html`<label
            ><input
              type="radio"
              name=${name}
              .checked=${this.#settings.value[name] === value}
              @change=${() => changeSettings({ [name]: value })}
            />${label}</label
          >`,
        )}
      </div>
    </fieldset>`;
  }
}

/** A click beside a dialog closes it. */
export function closeOnBackdrop(event: MouseEvent): void {
  const dialog = event.currentTarget;
  if (dialog instanceof HTMLDialogElement && event.target === dialog) dialog.close();
}
