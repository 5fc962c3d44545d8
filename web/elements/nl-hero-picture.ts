import { css, html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { shared } from "../styles/shared.ts";
import { text } from "../text.ts";
import { mapStyles } from "./nl-map-styles.ts";

/** The whole idea in one picture: a wall, its doors, and what stops there. */
@customElement("nl-hero-picture")
export class NlHeroPicture extends LitElement {
  static override styles = [
    shared,
    mapStyles,
    css`
      :host {
        overflow: visible;
      }
      svg {
        inline-size: 100%;
        block-size: auto;
      }
    `,
  ];

  protected override render() {
    return html`<svg viewBox="0 0 432 208" role="img" aria-label=${text.home.picture}>
      <rect class="ground surface" x="6" y="10" width="420" height="192" />
      <g class="territory own">
        <rect class="ground" x="6" y="10" width="420" height="192" />
        <path class="border" d="M18 10H6V202H426V10H122" />
        <text class="title" x="24" y="14">project-snake</text>
      </g>
      <g class="pod source">
        <rect class="box" x="28" y="82" width="106" height="50" />
        <text class="name" x="41" y="104">backend-0</text>
        <text class="mono" x="41" y="121">10.44.0.24</text>
      </g>
      <path class="flow open" d="M134 107C156 107 156 88 178 88S240 44 274 44" />
      <path class="flow open" d="M134 107C156 107 156 98 178 98S240 67 274 67" />
      <path class="flow open" d="M134 107C156 107 156 107 178 107S240 104 274 104" />
      <path class="flow open" d="M134 107C156 107 156 116 178 116S240 127 274 127" />
      <path class="head" d="M273 39.700 281 44 273 48.300zM273 62.700 281 67 273 71.300zM273 99.700 281 104 273 108.300zM273 122.700 281 127 273 131.300z" />
      <path class="wall" d="M165 38H178V78M178 126V176H165" />
      <path class="sill" d="M172 78h12M172 126h12" />
      <path class="flow shut" d="M134 121C152 121 146 153 166 153" />
      <path class="stop" d="M171 141v24" />
      <path class="ghost" d="M184 153C226 153 232 172 274 172" />
      <g class="trip shut"><g class="packet"><path d="M146 144l7-7 7 7-7 7z" /></g></g>
      <g class="pod">
        <rect class="box" x="282" y="32" width="124" height="46" />
        <rect class="door open" x="282" y="32" width="44" height="23" />
        <rect class="door open" x="282" y="55" width="44" height="23" />
        <text class="port open" text-anchor="middle" x="304" y="48">1111</text>
        <text class="port open" text-anchor="middle" x="304" y="71">2222</text>
        <text class="name" x="338" y="60">db1-0</text>
      </g>
      <g class="pod">
        <rect class="box" x="282" y="92" width="124" height="46" />
        <rect class="door open" x="282" y="92" width="44" height="23" />
        <rect class="door open" x="282" y="115" width="44" height="23" />
        <text class="port open" text-anchor="middle" x="304" y="108">1111</text>
        <text class="port open" text-anchor="middle" x="304" y="131">2222</text>
        <text class="name" x="338" y="120">db2-0</text>
      </g>
      <g class="pod">
        <rect class="box" x="282" y="160" width="124" height="24" />
        <rect class="door shut" x="282" y="160" width="44" height="24" />
        <text class="port shut" text-anchor="middle" x="304" y="176">3333</text>
        <text class="name" x="338" y="177">vault-0</text>
      </g>
    </svg>`;
  }
}
