import { css } from "lit";

export const mapStyles = css`
  :host {
    flex: 1;
    min-block-size: 0;
    min-inline-size: 0;
    overflow: auto;
    position: relative;
  }
  svg {
    display: block;
  }
  .note {
    padding: var(--space-4);
    color: var(--ink-3);
  }
  text {
    font-family: var(--font-ui);
    fill: var(--ink);
    font-size: 12px;
  }
  .name {
    font-size: 13px;
    font-weight: 600;
  }
  .times {
    font-weight: 400;
    fill: var(--ink-2);
  }
  .mono {
    font-family: var(--font-mono);
    font-size: 11px;
    fill: var(--ink-2);
  }
  .quiet {
    fill: var(--ink-3);
  }
  .small {
    font-size: 11px;
    fill: var(--ink-2);
  }
  .state {
    font-size: 11px;
    fill: var(--ink-3);
  }
  .strong {
    fill: var(--ink);
    font-weight: 600;
  }
  .rule {
    font-size: 11px;
    font-style: italic;
    fill: var(--ink-2);
    /* Keeps the name of a rule readable where a flow passes behind it. */
    paint-order: stroke;
    stroke: var(--surface);
    stroke-width: 4px;
  }
  .title {
    font-size: 12px;
    font-weight: 600;
  }
  .detail {
    font-weight: 400;
    fill: var(--ink-3);
  }
  .ground {
    fill: none;
  }
  .own .ground {
    fill: var(--surface);
  }
  .border {
    fill: none;
    stroke: var(--line-strong);
  }
  .box {
    fill: var(--surface);
    stroke: var(--ink-2);
  }
  .source .box {
    stroke: var(--ink);
    stroke-width: 1.5;
  }
  .system .box {
    fill: var(--paper);
    stroke: var(--line-strong);
  }
  .unready .box {
    stroke-dasharray: 3 3;
  }
  .pod:not(.source):not(.system) {
    cursor: pointer;
  }
  .pod:not(.source):not(.system):hover .box {
    stroke: var(--ink);
    stroke-width: 1.5;
  }
  .door {
    fill: var(--paper);
    stroke: var(--line-strong);
  }
  .door.open {
    fill: var(--allowed);
    stroke: var(--allowed);
  }
  .door.shut {
    fill: var(--denied-wash);
    stroke: var(--denied);
  }
  .port {
    font-family: var(--font-mono);
    font-size: 11px;
    fill: var(--ink-3);
  }
  .port.open {
    fill: var(--on-flow);
  }
  .port.shut {
    fill: var(--denied);
  }
  .port.deaf {
    font-style: italic;
  }
  .flow {
    fill: none;
    stroke-width: var(--stroke-flow);
  }
  .flow.open {
    stroke: var(--allowed);
  }
  .flow.shut {
    stroke: var(--denied);
    stroke-dasharray: var(--dash-denied);
  }
  .flow.refused {
    stroke: var(--refused);
    stroke-dasharray: var(--dash-refused);
  }
  .grip {
    fill: none;
    stroke: transparent;
    stroke-width: 9px;
  }
  .line:hover .flow {
    stroke-width: calc(var(--stroke-flow) * 1.8);
  }
  .head {
    fill: var(--allowed);
  }
  .stop {
    stroke: var(--denied);
    stroke-width: 3.5;
    fill: none;
  }
  .ghost {
    fill: none;
    stroke: var(--denied);
    stroke-width: 1.25;
    stroke-dasharray: var(--dash-ghost);
    stroke-linecap: round;
  }
  .wall {
    fill: none;
    stroke: var(--ink);
    stroke-width: var(--stroke-wall);
  }
  .sill {
    stroke: var(--ink);
    stroke-width: 1.5;
  }
  .packet path {
    stroke: var(--surface);
    stroke-width: 1.5;
  }
  .open .packet path {
    fill: var(--allowed);
  }
  .shut .packet path {
    fill: var(--denied);
  }
  .refused .packet path {
    fill: var(--refused);
  }
  .trip.open .journey {
    stroke: none;
  }
  /* Once through, it is gone; only a stopped one stays. */
  .trip.open .packet {
    opacity: 0;
  }
  .line {
    animation: appear var(--move-pane) ease-out;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
`;
