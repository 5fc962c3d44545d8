import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { MapPicture } from "../../server/protocol.ts";
import { icon } from "../icons.ts";
import { groupPods, reachOf, type PodGroup } from "../map/groups.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";

/** Who reaches which port, as a table: rows send, columns receive. */
@customElement("nl-matrix")
export class NlMatrix extends LitElement {
  @property({ attribute: false }) picture: MapPicture | null = null;

  static override styles = [
    shared,
    css`
      :host {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        padding: 0 var(--space-4) var(--space-3);
      }
      table {
        border-collapse: collapse;
        font-size: var(--text-xs);
      }
      caption {
        text-align: start;
        padding-block: 0.6rem 0.5rem;
        color: var(--ink-3);
      }
      th,
      td {
        font-weight: var(--weight-regular);
        text-align: center;
        block-size: 2rem;
        min-inline-size: 2.9rem;
        padding: 0 0.35rem;
        border-block-end: 1px solid var(--line);
        white-space: nowrap;
      }
      thead th {
        font-weight: var(--weight-bold);
        border-block-end: 1px solid var(--line-strong);
        block-size: 1.6rem;
      }
      thead tr:last-child th {
        font: 400 var(--text-2xs) / 1 var(--font-mono);
        color: var(--ink-2);
      }
      tbody th {
        text-align: start;
        font-family: var(--font-mono);
        padding-inline-end: 1rem;
        position: sticky;
        inset-inline-start: 0;
        background: var(--paper);
      }
      tbody th span {
        color: var(--ink-3);
      }
      .first {
        border-inline-start: 1px solid var(--line-strong);
      }
      .a {
        color: var(--allowed);
      }
      .shut {
        color: var(--denied);
        background: var(--denied-wash);
      }
      .self {
        background: repeating-linear-gradient(135deg, transparent 0 4px, var(--line) 4px 5px);
      }
      .note {
        padding-block: var(--space-4);
        color: var(--ink-3);
      }
    `,
  ];

  protected override render() {
    const { picture } = this;
    if (!picture) return html`<p class="note">${text.pictures.waiting}</p>`;
    const groups = groupPods(picture).filter(({ first }) => !first.isSystem);
    const columns = groups.filter(({ doors }) => doors.length > 0);
    if (groups.length === 0 || columns.length === 0) {
      return html`<p class="note">${text.pictures.emptyTitle} ${text.pictures.empty}</p>`;
    }
    const isOneNamespace = new Set(groups.map(({ namespace }) => namespace)).size === 1;
    return html`<table>
      <caption>
        ${text.pictures.matrixCaption}
      </caption>
      <thead>
        <tr>
          <td rowspan="2"></td>
          ${columns.map((group) => html`<th class="first" scope="colgroup" colspan=${group.doors.length}>${title(group)}</th>`)}
        </tr>
        <tr>
          ${columns.map((group) =>
            group.doors.map(
              (door, index) => html`<th class=${index === 0 ? "first" : ""} scope="col">
                ${door.port}${door.protocol === "TCP" ? nothing : html` ${door.protocol.toLowerCase()}`}
              </th>`,
            ),
          )}
        </tr>
      </thead>
      <tbody>
        ${groups.map(
          (source) => html`<tr>
            <th scope="row">${title(source)}${isOneNamespace ? nothing : html` <span>${source.namespace}</span>`}</th>
            ${columns.map((target) => this.#renderCells(picture, source, target))}
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #renderCells(picture: MapPicture, source: PodGroup, target: PodGroup) {
    const reaches = reachOf(picture, source, target);
    return target.doors.map((door, index) => {
      const reach = reaches.find((one) => one.door.index === door.index);
      const edge = index === 0 ? "first" : "";
      if (!reach) return html`<td class="${edge} self"><span class="vh">itself</span></td>`;
      const name = `${source.name} to ${target.name}, ${door.protocol} ${door.port}`;
      if (reach.state === "egress" || reach.state === "ingress") {
        return html`<td class="${edge} shut">${icon("denied", 16, `${name}: ${text.pictures.denied}, ${reach.state}`)}</td>`;
      }
      if (!door.isListening)
        return html`<td class=${edge}><span class="label">·</span><span class="vh">${name}: ${text.pictures.refused}</span></td>`;
      return html`<td class="${edge} a">${icon("allowed", 16, `${name}: ${text.pictures.allowed}`)}</td>`;
    });
  }
}

function title({ name, pods }: PodGroup): string {
  return pods.length > 1 ? `${name} ×${pods.length}` : name;
}
