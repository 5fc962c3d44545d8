/** Points, boxes, and the little arithmetic of drawing. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function inset(box: Box, x: number, y: number): Box {
  return { x: box.x + x, y: box.y + y, width: box.width - 2 * x, height: box.height - 2 * y };
}

export function middle({ y, height }: { readonly y: number; readonly height: number }): number {
  return y + height / 2;
}

export function mix(a: number, b: number): number {
  return round((a + b) / 2);
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
