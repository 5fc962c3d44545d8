import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { FlowView } from "../../server/protocol.ts";
import { icon, type IconName } from "../icons.ts";
import { isLookup } from "../map/news.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";

const signs: Readonly<Record<FlowView["outcome"], { readonly icon: IconName; readonly style: string }>> = {
  connected: { icon: "allowed", style: "allowed" },
  refused: { icon: "refused", style: "refused" },
  dropped: { icon: "denied", style: "denied" },
  unreachable: { icon: "unknown", style: "unknown" },
  "no-route": { icon: "unknown", style: "unknown" },
  "name-not-found": { icon: "unknown", style: "unknown" },
};

/** `TCP 80`, `ICMP`; nothing where no packet was sent. */
export function portText({ outcome, port, protocol }: FlowView): string {
  if (outcome === "name-not-found") return "";
  return protocol === "ICMP" ? protocol : `${protocol} ${port}`;
}

/** The latest packets, the newest on top, each with the reason of its end. */
@customElement("nl-flow-log")
export class NlFlowLog extends LitElement {
  /** Oldest first. */
  @property({ attribute: false }) flows: readonly FlowView[] = [];
  @state() private showsLookups = false;

  static override styles = [
    shared,
    css`
      :host {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        container-type: inline-size;
        padding: 0 var(--space-4) var(--space-3);
      }
      table {
        border-collapse: collapse;
        inline-size: 100%;
        font-size: var(--text-xs);
      }
      th {
        text-align: start;
        font-weight: 400;
        color: var(--ink-3);
        padding: 0.5rem 1rem 0.3rem 0;
        position: sticky;
        inset-block-start: 0;
        background: var(--paper);
        border-block-end: 1px solid var(--line-strong);
        white-space: nowrap;
      }
      td {
        padding: 0.35rem 1rem 0.35rem 0;
        border-block-end: 1px solid var(--line);
        vertical-align: top;
      }
      .mono {
        white-space: nowrap;
        font-size: inherit;
      }
      .outcome {
        display: inline-flex;
        align-items: center;
        gap: 0.35rem;
        white-space: nowrap;
        font-weight: var(--weight-medium);
      }
      .unknown {
        color: var(--unknown);
      }
      .why {
        color: var(--ink-2);
        min-inline-size: 14rem;
      }
      .time {
        color: var(--ink-3);
        white-space: nowrap;
      }
      /* Where a table has no room: what happened, then between whom, then why. */
      @container (max-width: 34rem) {
        thead {
          position: absolute;
          clip-path: inset(50%);
        }
        tbody tr {
          display: grid;
          grid-template-columns: auto 1fr auto;
          gap: 0.1rem 0.6rem;
          padding-block: 0.5rem;
          border-block-end: 1px solid var(--line);
        }
        td {
          padding: 0;
          border: 0;
        }
        .time {
          grid-area: 1 / 3;
        }
        .result {
          grid-area: 1 / 1;
        }
        .port {
          grid-area: 1 / 2;
        }
        .end,
        .why {
          grid-column: 1 / -1;
          min-inline-size: 0;
        }
        .to::before {
          content: "→ ";
        }
      }
      .lookups {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 0.5rem;
        padding-block: 0.4rem;
        color: var(--ink-3);
        font-size: var(--text-xs);
      }
      .lookups .btn {
        text-decoration: underline;
        text-underline-offset: 0.18em;
      }
      .note {
        padding-block: var(--space-4);
        color: var(--ink-3);
      }
    `,
  ];

  protected override render() {
    if (this.flows.length === 0) return html`<p class="note">${text.pictures.noFlows}</p>`;
    const lookups = this.flows.filter(isLookup).length;
    const shown = this.flows.filter((flow) => this.showsLookups || !isLookup(flow)).reverse();
    const { time, from, to, port, outcome, why } = text.pictures.flowTable;
    // Roles are written out: a browser forgets those of a table that is laid out otherwise.
    return html`<table role="table">
      <thead role="rowgroup">
        <tr role="row">
          ${[time, from, to, port, outcome, why].map((title) => html`<th role="columnheader" scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${shown.map((flow) => this.#renderFlow(flow))}
      </tbody>
    </table>
    ${this.#renderLookups(lookups)}`;
  }

  #renderLookups(count: number) {
    if (count === 0) return nothing;
    return html`<p class="lookups">
      ${this.showsLookups ? nothing : text.pictures.lookups(count)}
      <button class="btn bare small" @click=${() => (this.showsLookups = !this.showsLookups)}>
        ${this.showsLookups ? text.pictures.hideLookups : text.pictures.showLookups}
      </button>
    </p>`;
  }

  #renderFlow(flow: FlowView) {
    const sign = signs[flow.outcome];
    return html`<tr role="row">
      <td role="cell" class="time">${new Date(flow.timeMs).toISOString().slice(11, 19)}</td>
      <td role="cell" class="mono end">${flow.source}</td>
      <td role="cell" class="mono end to">${flow.destination}</td>
      <td role="cell" class="mono port">${portText(flow)}</td>
      <td role="cell" class="result">
        <span class="outcome ${sign.style}">${icon(sign.icon, 14)}${text.pictures.outcome[flow.outcome]}</span>
      </td>
      <td role="cell" class="why">${flow.why}</td>
    </tr>`;
  }
}
