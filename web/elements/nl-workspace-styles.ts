import { css } from "lit";

export const workspaceStyles = css`
  :host {
    block-size: 100dvh;
    display: flex;
    flex-direction: column;
    overflow: hidden;
  }
  .panes {
    flex: 1;
    min-block-size: 0;
    display: grid;
    grid-template: minmax(0, var(--pictures)) minmax(0, 1fr) / minmax(0, var(--lesson)) minmax(0, 1fr);
  }
  .pane {
    position: relative;
    min-inline-size: 0;
    min-block-size: 0;
    background: var(--paper);
  }
  .lesson {
    grid-row: 1 / -1;
    border-inline-end: 1px solid var(--line);
  }
  .clip {
    block-size: 100%;
    overflow: hidden;
  }
  .panes.middle,
  .panes.phone {
    grid-template: minmax(0, 1fr) / minmax(0, 22rem) minmax(0, 1fr);
  }
  .panes.phone {
    grid-template-columns: minmax(0, 1fr);
  }
  .panes.phone .lesson {
    border: 0;
  }
  .away {
    display: none;
  }
  .bottom {
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    border-block-start: 1px solid var(--line);
    background: var(--paper);
    padding-block-end: env(safe-area-inset-bottom);
    flex: none;
  }
  .bottom button {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 0.1rem;
    block-size: 3.4rem;
    border: 0;
    border-block-start: 2px solid transparent;
    margin-block-start: -1px;
    background: none;
    color: var(--ink-3);
    font-size: var(--text-xs);
  }
  .bottom button[aria-pressed="true"] {
    color: var(--ink);
    border-block-start-color: var(--ink);
    font-weight: 600;
  }
  .switch {
    display: flex;
    gap: var(--space-1);
    padding: 0.25rem var(--space-3);
    border-block-end: 1px solid var(--line);
  }
  .switch button[aria-pressed="true"],
  .switch button[aria-pressed="true"]:hover {
    background: var(--ink);
    color: var(--on-ink);
  }
  .column {
    display: flex;
    flex-direction: column;
  }
  .column > :last-child {
    flex: 1;
  }
  .failure {
    padding: 3rem 1.5rem;
    max-inline-size: 40rem;
    margin-inline: auto;
    display: grid;
    gap: 0.8rem;
    justify-items: start;
  }
  .failure h1 {
    font: 500 var(--text-xl) / 1.2 var(--font-prose);
  }
`;
