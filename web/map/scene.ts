/** What is drawn on the map: boxes, walls and lines, in units of one CSS pixel at normal scale. */
import type { FlowView } from "../../server/protocol.ts";
import type { Box, Point } from "./geometry.ts";
import type { GroupDoor, PodGroup, Reach } from "./groups.ts";

export interface Territory extends Box {
  readonly name: string;
  readonly podCount: number;
  readonly policyCount: number;
  readonly isOwn: boolean;
}

export interface SourceBox extends Box {
  readonly group: PodGroup;
  /** Its own ingress wall, at its left; what it sends does not meet it. */
  readonly ingressWall: string | null;
  readonly wall: EgressWall | null;
  readonly shutCount: number;
}

export interface EgressWall {
  readonly path: string;
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  readonly doors: readonly { readonly rule: number; readonly y: number; readonly height: number }[];
  readonly hasLabel: boolean;
  readonly hasRuleLabels: boolean;
}

export interface TargetBox extends Box {
  readonly group: PodGroup;
  readonly doors: readonly DoorCell[];
  readonly hiddenDoors: number;
  readonly wall: string | null;
  readonly isCompact: boolean;
}

export interface DoorCell extends Box {
  readonly door: GroupDoor;
  readonly state: "open" | "shut" | "quiet";
}

export interface FlowLine {
  readonly id: string;
  readonly kind: "open" | "refused" | "shut";
  readonly path: string;
  readonly source: string;
  readonly target: string;
  readonly door: number;
  readonly reach: Reach;
  /** Where an arrow head or a stop bar stands. */
  readonly end: Point;
}

/** The last packet: how far it came and where it wanted to go. */
export interface Journey {
  readonly flow: FlowView;
  readonly source: string;
  readonly target: string;
  readonly path: string;
  readonly end: Point;
  readonly ghost: string | null;
  readonly hasArrived: boolean;
}

export interface SystemNote extends Box {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly territories: readonly Territory[];
  readonly sources: readonly SourceBox[];
  readonly targets: readonly TargetBox[];
  readonly lines: readonly FlowLine[];
  readonly journey: Journey | null;
  readonly system: readonly SystemNote[];
  readonly dns: { readonly x: number; readonly y: number; readonly open: number; readonly shut: number } | null;
  readonly openCount: number;
  readonly shutCount: number;
  readonly isEmpty: boolean;
  readonly isNarrow: boolean;
}
