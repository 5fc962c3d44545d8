import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { CheckPartView, CheckView, MapPicture, WrongFlowView } from "../../server/protocol.ts";
import { icon } from "../icons.ts";
import { whyFlow, workloadOf } from "../map/why.ts";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";

const flowsShown = 3;

/** What a check found. Holding parts are small and grey; only the smallest wrong flow takes room. */
@customElement("nl-verdict")
export class NlVerdict extends LitElement {
  @property({ attribute: false }) check: CheckView | null = null;
  /** The map as it was when the check was made. */
  @property({ attribute: false }) picture: MapPicture | null = null;
  /** A command has been run since. */
  @property({ type: Boolean }) past = false;

  static override styles = [
    shared,
    css`
      :host {
        margin-block: 0.9rem 1rem;
        scroll-margin-block: 1rem;
        border-block-start: 2px solid var(--ink);
        font: 400 var(--text-sm) / var(--leading-ui) var(--font-ui);
      }
      header {
        display: flex;
        justify-content: space-between;
        align-items: baseline;
        padding: 0.45rem 0 0.3rem;
      }
      header b {
        font-weight: var(--weight-bold);
      }
      .part {
        display: grid;
        grid-template-columns: 1.2rem 1fr auto;
        gap: 0.25rem;
        padding: 0.28rem 0;
        border-block-start: 1px solid var(--line);
        align-items: start;
        color: var(--ink-2);
      }
      .part .icon {
        margin-block-start: 0.15rem;
      }
      .part.fails {
        font-weight: var(--weight-medium);
        color: var(--ink);
      }
      .wrong {
        background: var(--surface);
        box-shadow: 0 0 0 1px var(--line);
        border-inline-start: 3px solid var(--ink);
        padding: 0.6rem 0.75rem 0.7rem;
        margin-block-start: 0.35rem;
      }
      .flow {
        font: 500 var(--text-sm) / 1.4 var(--font-mono);
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.1rem 0.45rem;
        margin: 0.1rem 0 0.5rem;
      }
      .flow span {
        overflow-wrap: anywhere;
      }
      .flow .port {
        color: var(--ink-2);
        font-weight: 400;
      }
      .states {
        display: grid;
        grid-template-columns: auto auto 1fr;
        gap: 0.35rem 0;
      }
      .states div {
        padding-inline-end: 0.75rem;
      }
      .states div + div {
        border-inline-start: 1px solid var(--line);
        padding-inline-start: 0.75rem;
      }
      dt {
        font-size: var(--text-xs);
        color: var(--ink-3);
        white-space: nowrap;
      }
      dd b {
        font-weight: var(--weight-medium);
        white-space: nowrap;
        display: inline-flex;
        gap: 0.3rem;
        align-items: center;
      }
      .reasons {
        margin-block-start: 0.5rem;
        display: grid;
        gap: 0.1rem;
      }
      .more {
        margin-block-start: 0.6rem;
        padding-block-start: 0.5rem;
        border-block-start: 1px solid var(--line);
        color: var(--ink-2);
        display: grid;
        gap: 0.15rem;
        font: 400 var(--text-xs) / 1.5 var(--font-mono);
      }
      .more .label {
        font-family: var(--font-ui);
      }
      .bare-reasons {
        padding: 0.1rem 0 0.5rem 1.45rem;
        color: var(--ink-2);
        display: grid;
        gap: 0.2rem;
      }
    `,
  ];

  protected override render() {
    const { check } = this;
    if (!check) return nothing;
    const holding = check.parts.filter(({ passed }) => passed).length;
    return html`<section aria-label=${text.verdict.label}>
      <header>
        <b>${check.passed ? text.verdict.allHold(check.parts.length) : text.verdict.checked(holding, check.parts.length)}</b>
        <span class="label">${this.past ? text.verdict.before : text.verdict.justNow}</span>
      </header>
      <ul>
        ${check.parts.map((part) => this.#renderPart(part))}
      </ul>
    </section>`;
  }

  #renderPart(part: CheckPartView) {
    const { label, passed } = part;
    const wrongFlows = this.#distinct(part.wrongFlows);
    return html`<li>
      <div class="part ${passed ? "" : "fails"}">
        ${icon(passed ? "check" : "cross", 14, passed ? text.verdict.holds : text.verdict.fails)}<span>${label}</span
        ><span class="label">${wrongFlows.length > 0 ? text.verdict.flows(wrongFlows.length) : ""}</span>
      </div>
      ${passed ? nothing : this.#renderWhy(part)}
    </li>`;
  }

  #renderWhy({ wrongFlows, reasons }: CheckPartView) {
    const [first, ...further] = this.#distinct(wrongFlows);
    if (!first) {
      return html`<div class="bare-reasons">${reasons.map((reason) => html`<p>${reason}</p>`)}</div>`;
    }
    const why = whyFlow(this.picture, first);
    // The box says already what is and what should be; only other reasons are news.
    const others = reasons.filter((reason) => !/; it should be (?:open|closed)\.$/.test(reason));
    return html`<div class="wrong">
      <span class="label">${text.verdict.smallest(further.length + 1)}</span>
      ${this.#renderFlow(first)}
      <dl class="states">
        <div>
          <dt>${text.verdict.yours}</dt>
          <dd>${renderState(first.actual)}</dd>
        </div>
        <div>
          <dt>${text.verdict.expected}</dt>
          <dd>${renderState(first.intended)}</dd>
        </div>
      </dl>
      ${why ? html`<div class="reasons"><p class="label">${text.verdict.why}</p><p>${why}</p></div>` : nothing}
      ${others.length > 0 ? html`<div class="reasons">${others.map((reason) => html`<p>${reason}</p>`)}</div>` : nothing}
      ${further.length > 0 ? this.#renderFurther(further) : nothing}
    </div>`;
  }

  #renderFurther(flows: readonly WrongFlowView[]) {
    return html`<div class="more">
      ${flows.slice(0, flowsShown).map((flow) => {
        const [from, to] = this.#names(flow);
        return html`<p>${from} ${flow.actual === "open" ? "→" : "⊣"} ${to} ${flow.protocol} ${flow.port}</p>`;
      })}
      ${flows.length > flowsShown ? html`<p class="label">${text.verdict.more(flows.length - flowsShown)}</p>` : nothing}
    </div>`;
  }

  #renderFlow(flow: WrongFlowView) {
    const isOpen = flow.actual === "open";
    const [from, to] = this.#names(flow);
    return html`<p class="flow">
      <span>${from}</span>
      <span class=${isOpen ? "allowed" : "denied"}
        >${icon(isOpen ? "allowed" : "denied", 16, isOpen ? text.verdict.reaches : text.verdict.reachesNot)}</span
      >
      <span>${to}</span>
      <span class="port">${flow.protocol} ${flow.port}</span>
    </p>`;
  }

  /** Both ends as a person calls them: by their workload where it has pods of one kind only. */
  #names({ source, destination }: WrongFlowView): readonly [string, string] {
    return shortNames(workloadOf(this.picture, source), workloadOf(this.picture, destination));
  }

  /** Flows that read alike, once. */
  #distinct(flows: readonly WrongFlowView[]): readonly WrongFlowView[] {
    const seen = new Set<string>();
    return flows.filter((flow) => {
      const text = [...this.#names(flow), flow.port, flow.protocol, flow.actual].join(" ");
      if (seen.has(text)) return false;
      seen.add(text);
      return true;
    });
  }
}

function renderState(state: "open" | "closed") {
  return state === "open"
    ? html`<b class="allowed">${icon("allowed", 14)}${text.verdict.connects}</b>`
    : html`<b class="denied">${icon("denied", 14)}${text.verdict.isShut}</b>`;
}

/** Both ends of a flow, without the namespace if they share one and without labels nobody wrote. */
function shortNames(source: string, destination: string): readonly [string, string] {
  const [from, to] = [source, destination].map((end) =>
    end
      .replace(/^pod:/, "")
      .replace(ownLabels, "")
      .replace(/,+(?=\))|(?<=with ),+/g, ""),
  );
  const namespace = (end = ""): string => end.slice(0, end.indexOf("/") + 1);
  const isShared = namespace(from) !== "" && namespace(from) === namespace(to);
  return isShared
    ? [from?.slice(namespace(from).length) ?? "", to?.slice(namespace(to).length) ?? ""]
    : [from ?? "", to ?? ""];
}

/** What workloads add to the labels of their pods. */
const ownLabels =
  /(?:pod-template-hash|controller-revision-hash|apps\.kubernetes\.io\/pod-index|statefulset\.kubernetes\.io\/pod-name)=[^,)]*,?/g;

declare global {
  interface HTMLElementTagNameMap {
    "nl-verdict": NlVerdict;
  }
}
