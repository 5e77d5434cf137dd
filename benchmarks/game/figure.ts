/** @file docs/figures/condorcet.svg: where three algorithms go on the cycle of three writers. */
import { simplexPoint, svgPath } from '../../media/explainLearning/simplex.ts';

export interface Panel {
  readonly title: string;
  readonly caption: string;
  readonly paths: readonly { readonly label: string; readonly points: readonly Float64Array[] }[];
}

const side = 220;
const height = (side * Math.sqrt(3)) / 2;
const colours = ['#0b6fb8', '#b84a00', '#2a7d2a'];

/** One triangle per panel; a path starts at a hollow dot and ends at a filled one. */
export function figure(panels: readonly Panel[]): string {
  const drawn = panels.map((panel, i) => {
    const paths = panel.paths.map(({ label, points }, c) => {
      const at = points.map((p) => simplexPoint(p, side));
      const [first, last] = [at[0]!, at[at.length - 1]!]; // a path has points
      const colour = colours[c % colours.length]!;
      return `<path d="${svgPath(at)}" fill="none" stroke="${colour}" stroke-width="2"/>
<circle cx="${first.x.toFixed(2)}" cy="${first.y.toFixed(2)}" r="3.5" fill="#fff" stroke="${colour}"/>
<circle cx="${last.x.toFixed(2)}" cy="${last.y.toFixed(2)}" r="4.5" fill="${colour}"/>
<text x="0" y="${(height + 58 + 15 * c).toFixed(0)}" fill="${colour}" font-size="12">${label}</text>`;
    });
    return `<g transform="translate(${30 + i * (side + 70)} 60)">
<text x="0" y="-34" font-size="16" font-weight="600">${panel.title}</text>
<text x="0" y="-16" font-size="12">${panel.caption}</text>
<path d="M0 ${height.toFixed(2)}H${side}L${side / 2} 0Z" fill="none" stroke="#888"/>
<text x="-6" y="${(height + 18).toFixed(0)}" font-size="13">A</text><text x="${side - 4}" y="${(height + 18).toFixed(0)}" font-size="13">B</text>
<text x="${side / 2 + 10}" y="6" font-size="13">C</text>
${paths.join('\n')}
</g>`;
  });
  const width = 30 + panels.length * (side + 70);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 370" width="${width}" height="370" role="img" font-family="sans-serif" fill="#222">
<title>On a preference cycle SLHF settles in a corner, NLHF in the middle, and RLHF where the sampled pairs lead it</title>
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join('\n')}
</svg>
`;
}
