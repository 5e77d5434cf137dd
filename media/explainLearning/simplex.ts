/** @file Where a mixture over three texts lies in the triangle: corner A left, B right, C on top. For the page and the figure. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `size` is the length of a side; the origin is the triangle's upper left. */
export function simplexPoint(p: ArrayLike<number>, size: number): Point {
  const height = (size * Math.sqrt(3)) / 2;
  return { x: size * (p[1]! + p[2]! / 2), y: height * (1 - p[2]!) }; // three shares
}

/** An SVG path through the points, two decimals. */
export function svgPath(points: readonly Point[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`).join('');
}
