import { css } from "lit";

/** What every element needs: resets, buttons, keys, small type. */
export const shared = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  h4,
  p,
  ol,
  ul,
  dl,
  dd,
  figure,
  pre,
  table {
    margin: 0;
    padding: 0;
  }
  ol,
  ul {
    list-style: none;
  }
  a {
    color: inherit;
    text-decoration-color: var(--line-strong);
    text-underline-offset: 0.18em;
    text-decoration-thickness: 1px;
  }
  a:hover {
    text-decoration-color: currentColor;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
    letter-spacing: inherit;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 2px solid transparent;
    box-shadow: var(--focus);
    border-radius: var(--radius-1);
  }
  code,
  kbd,
  pre,
  .mono {
    font-family: var(--font-mono);
    font-size: 0.92em;
    font-variant-ligatures: none;
  }
  .icon {
    flex: none;
    vertical-align: -0.2em;
  }
  .vh {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .grow {
    flex: 1;
  }
  .row {
    display: flex;
    align-items: center;
    gap: var(--space-2);
  }
  .label {
    font-size: var(--text-xs);
    color: var(--ink-3);
  }
  .allowed {
    color: var(--allowed);
  }
  .denied {
    color: var(--denied);
  }
  .refused {
    color: var(--refused);
  }
  .btn {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    min-block-size: 2rem;
    padding: 0 var(--space-3);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-1);
    background: var(--surface);
    color: var(--ink);
    text-decoration: none;
    white-space: nowrap;
    cursor: pointer;
    transition: background var(--move-fast);
  }
  .btn:hover {
    background: var(--select);
  }
  .btn:active {
    background: var(--line);
  }
  .btn.solid {
    background: var(--ink);
    border-color: var(--ink);
    color: var(--on-ink);
    font-weight: var(--weight-medium);
  }
  .btn.solid:hover {
    background: color-mix(in srgb, var(--ink), var(--paper) 14%);
  }
  .btn.bare {
    border-color: transparent;
    background: none;
    padding: 0 var(--space-2);
  }
  .btn.bare:hover {
    background: var(--select);
  }
  .btn.square {
    inline-size: 2rem;
    padding: 0;
  }
  .btn.small {
    min-block-size: 1.625rem;
    padding: 0 var(--space-2);
    font-size: var(--text-xs);
  }
  .btn.small.square {
    inline-size: 1.75rem;
    padding: 0;
  }
  .btn[disabled],
  .btn[aria-disabled="true"] {
    color: var(--ink-3);
    border-color: var(--line);
    background: none;
    cursor: default;
  }
  .btn.bare[disabled] {
    border-color: transparent;
    color: var(--line-strong);
  }
  .btn.solid[aria-disabled="true"] {
    background: var(--select);
    color: var(--ink-2);
  }
  kbd {
    font-size: var(--text-2xs);
    padding: 0.05rem 0.3rem;
    border: 1px solid var(--line);
    border-block-end-color: var(--line-strong);
    border-radius: var(--radius-1);
    background: var(--surface);
    color: var(--ink-2);
    white-space: nowrap;
  }
  .solid kbd {
    background: none;
    border-color: currentColor;
    color: inherit;
    opacity: 0.8;
  }
  @media (pointer: coarse) {
    .btn {
      min-block-size: var(--target);
    }
    .btn.square {
      inline-size: var(--target);
    }
    .btn.small {
      min-block-size: 2.25rem;
    }
  }
`;

/** Rows of tabs, on paper or on the terminal's ground. */
export const tabs = css`
  .pane-bar {
    display: flex;
    align-items: stretch;
    gap: var(--space-1);
    block-size: var(--pane-bar);
    flex: none;
    padding: 0 var(--space-3);
    border-block-end: 1px solid var(--line);
  }
  .tabs {
    display: flex;
    align-items: stretch;
    gap: var(--space-1);
    min-inline-size: 0;
  }
  .tab {
    display: inline-flex;
    align-items: center;
    gap: 0.4rem;
    padding: 0 var(--space-2);
    border: 0;
    background: none;
    color: var(--ink-3);
    position: relative;
    white-space: nowrap;
    cursor: pointer;
  }
  .tab:hover {
    color: var(--ink);
  }
  .tab[aria-selected="true"] {
    color: var(--ink);
    font-weight: var(--weight-medium);
  }
  .tab[aria-selected="true"]::after {
    content: "";
    position: absolute;
    inset-inline: var(--space-2);
    inset-block-end: -1px;
    block-size: 2px;
    background: currentColor;
  }
  .tab:focus-visible {
    box-shadow: inset 0 0 0 2px var(--focus-outer);
  }
`;

/** The prose of lessons. */
export const prose = css`
  .prose {
    font: 400 var(--text-lg) / var(--leading-prose) var(--font-prose);
    text-wrap: pretty;
    hanging-punctuation: first;
    max-inline-size: var(--measure);
    overflow-wrap: break-word;
  }
  .prose > * + * {
    margin-block-start: 0.6em;
  }
  .prose :is(h1, h2, h3, h4) {
    font: 700 1.0625rem / 1.3 var(--font-prose);
  }
  .prose code {
    font-size: 0.8em;
    padding: 0.06em 0.28em;
    background: var(--sunken);
    border-radius: var(--radius-1);
    overflow-wrap: anywhere;
  }
  .prose pre {
    font-size: 0.76em;
    line-height: 1.5;
    padding: 0.6rem 0.75rem;
    background: var(--sunken);
    border-inline-start: 2px solid var(--line-strong);
    overflow-x: auto;
  }
  .prose pre code {
    font-size: inherit;
    padding: 0;
    background: none;
    overflow-wrap: normal;
  }
  .prose ul li,
  .prose ol li {
    padding-inline-start: 1.2em;
    position: relative;
  }
  .prose li + li {
    margin-block-start: 0.25em;
  }
  .prose ul li::before {
    content: "–";
    position: absolute;
    inset-inline-start: 0;
    color: var(--ink-3);
  }
  .prose ol {
    counter-reset: item;
  }
  .prose ol li {
    counter-increment: item;
  }
  .prose ol li::before {
    content: counter(item) ".";
    position: absolute;
    inset-inline-start: 0;
    color: var(--ink-3);
  }
  .prose blockquote {
    margin: 0;
    padding-inline-start: 0.8rem;
    border-inline-start: 2px solid var(--line-strong);
    color: var(--ink-2);
    font-style: italic;
  }
  .prose table {
    border-collapse: collapse;
    font: 400 var(--text-sm) / 1.4 var(--font-ui);
  }
  .prose :is(th, td) {
    text-align: start;
    padding: 0.25rem 0.75rem 0.25rem 0;
    border-block-end: 1px solid var(--line);
    vertical-align: top;
  }
`;
