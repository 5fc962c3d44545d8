import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { ifDefined } from "lit/directives/if-defined.js";

/** Drawn on a grid of 20 with a line of 1.5; coloured by the text around them. */
const shapes = {
  map: svg`<rect x="2.75" y="3.75" width="6" height="5"/><rect x="11.25" y="11.25" width="6" height="5"/><path d="M8.75 6.25h5.5v5"/>`,
  matrix: svg`<path d="M3.25 3.25h13.5v13.5H3.25zM3.25 7.75h13.5M3.25 12.25h13.5M7.75 3.25v13.5M12.25 3.25v13.5"/>`,
  flows: svg`<path d="M2.5 5.5h12m-2.5-2.5 2.5 2.5L12 8M17.5 14.5h-12M8 12l-2.5 2.5L8 17"/>`,
  terminal: svg`<rect x="2.25" y="3.75" width="15.5" height="12.5" rx="1"/><path d="m5.25 7.5 2.5 2.5-2.5 2.5M10 12.75h4"/>`,
  file: svg`<path d="M4.75 2.75h7l3.5 3.5v11H4.75zM11.5 2.75v3.75h3.75"/>`,
  lesson: svg`<path d="M10 5.25c-1.75-1.25-4-1.75-7-1.75v11.75c3 0 5.25.5 7 1.75 1.75-1.25 4-1.75 7-1.75V3.5c-3 0-5.25.5-7 1.75zM10 5.25V17"/>`,
  hint: svg`<path d="M7.5 15.25h5M8.25 17.5h3.5M7.5 15.25c0-2-2.75-3-2.75-6.25a5.25 5.25 0 0 1 10.5 0c0 3.25-2.75 4.25-2.75 6.25"/>`,
  check: svg`<path d="m3.75 10.5 4 4 8.5-9"/>`,
  cross: svg`<path d="m5 5 10 10M15 5 5 15"/>`,
  allowed: svg`<path d="M2.5 10h14m-4.5-4.5L16.5 10 12 14.5"/>`,
  denied: svg`<path d="M2.5 10h3m2 0h3m4-6v12"/>`,
  refused: svg`<path d="M2.5 7h10.25a3.5 3.5 0 0 1 0 7H6m3-3-3 3 3 3"/>`,
  unknown: svg`<path d="M7 7a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4"/><circle cx="10" cy="15.5" r=".6" fill="currentColor"/>`,
  pod: svg`<path d="M10 2.5 16.5 6v8L10 17.5 3.5 14V6zM3.5 6l6.5 3.5L16.5 6M10 9.5v8"/>`,
  outside: svg`<circle cx="10" cy="10" r="7.25"/><path d="M2.75 10h14.5M10 2.75c2.25 2 3.25 4.5 3.25 7.25S12.25 15.25 10 17.25C7.75 15.25 6.75 12.75 6.75 10S7.75 4.75 10 2.75z"/>`,
  policy: svg`<path d="M4 2.75v5M4 12.25v5M16 2.75v14.5M1.5 10h8m-2.25-2.5L9.75 10l-2.5 2.5"/>`,
  play: svg`<path d="M6 3.75v12.5L16 10z"/>`,
  copy: svg`<rect x="6.75" y="6.75" width="10" height="10" rx="1"/><path d="M13.25 6.75v-3.5h-10v10h3.5"/>`,
  undo: svg`<path d="M6.5 3.5 3 7l3.5 3.5M3 7h8.5a4.75 4.75 0 0 1 0 9.5H7"/>`,
  reset: svg`<path d="M4 10a6 6 0 1 0 2-4.5L3.5 7.75M3.5 3.5v4.25h4.25"/>`,
  timer: svg`<circle cx="10" cy="11" r="6.5"/><path d="M10 7.25V11l2.5 2M7.75 2h4.5"/>`,
  sandbox: svg`<path d="M3.25 8.5v8.25h13.5V8.5M1.75 8.5h16.5M6 8.5V3.25h8V8.5"/>`,
  search: svg`<circle cx="8.75" cy="8.75" r="5.5"/><path d="m12.75 12.75 4.5 4.5"/>`,
  settings: svg`<path d="M2.5 6h7M13.5 6h4M2.5 14h3M9.5 14h8"/><circle cx="11.5" cy="6" r="2"/><circle cx="7.5" cy="14" r="2"/>`,
  eye: svg`<path d="M1.75 10S4.75 4.75 10 4.75 18.25 10 18.25 10 15.25 15.25 10 15.25 1.75 10 1.75 10z"/><circle cx="10" cy="10" r="2.25"/>`,
  share: svg`<path d="M10 12.5V2.75M6.5 6 10 2.5 13.5 6M5.5 9.25H3.75v8h12.5v-8H14.5"/>`,
  "chevron-right": svg`<path d="m7.5 4.5 5.5 5.5-5.5 5.5"/>`,
  "chevron-down": svg`<path d="m4.5 7.5 5.5 5.5 5.5-5.5"/>`,
  plus: svg`<path d="M10 3.75v12.5M3.75 10h12.5"/>`,
  more: svg`<path d="M4.5 10h.01M10 10h.01M15.5 10h.01" stroke-width="2.5"/>`,
  theme: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 3.25v13.5M10 6l4.5 4.5M10 10l4 4M10 14l1.5 1.5"/>`,
} satisfies Readonly<Record<string, SVGTemplateResult>>;

export type IconName = keyof typeof shapes;

/** An icon `size` CSS pixels wide at normal scale. Without a label it is decoration. */
export function icon(name: IconName, size = 16, label?: string): TemplateResult {
  return html`<svg
    class="icon"
    width=${`${size / 16}rem`}
    height=${`${size / 16}rem`}
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    role=${ifDefined(label ? "img" : undefined)}
    aria-label=${ifDefined(label)}
    aria-hidden=${ifDefined(label ? undefined : "true")}
  >
    ${shapes[name]}
  </svg>`;
}

/** The mark: an N that is a wall with one door, and a packet on its way through. */
export const mark = html`<svg class="mark" width="1.375rem" height="1.375rem" viewBox="2 2 28 28" aria-hidden="true">
  <path
    d="M6.500 25.500V7l19 18.500V20.500M25.500 5v4.400"
    fill="none"
    stroke="currentColor"
    stroke-width="3.300"
    stroke-linejoin="miter"
  />
  <circle cx="25.500" cy="15" r="2.700" fill="var(--allowed)" />
</svg>`;
