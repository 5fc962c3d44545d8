/** Distances and sizes the whole map shares. */

export const margin = 14;
export const titleSpace = 24;
export const padding = 18;
export const rowHeight = 22;
export const gap = 14;

export interface Measures {
  readonly isNarrow: boolean;
  readonly sourceWidth: number;
  readonly targetWidth: number;
  readonly wallGap: number;
  readonly railWidth: number;
}

export function measuresFor(width: number): Measures {
  const isNarrow = width < 560;
  return {
    isNarrow,
    sourceWidth: isNarrow ? 96 : 142,
    targetWidth: isNarrow ? 138 : 172,
    wallGap: isNarrow ? 36 : 52,
    railWidth: width >= 860 ? 216 : width >= 660 ? 176 : 0,
  };
}
