/** @file learning.svg: what each simulated writer accepts of held-out texts before and after learning, one line for each seed. */
import type { RunRecord } from './run.ts';

const [left, plot, right] = [150, 460, 30];
const [lowest, highest] = [25, 80];
const [top, rowGap, seedGap] = [78, 26, 13];
const goal = 15;
const colours = { promoted: '#0b6fb8', keptAside: '#9a9a9a', goal: '#b84a00' };

/** @param records runs of one method, of several writers and seeds */
export function figure(records: readonly RunRecord[]): string {
  let y = top;
  const rows = [...Map.groupBy(records, ({ writer }) => writer)].map(([writer, runs]) => {
    const begin = y;
    const lines = runs
      .toSorted((a, b) => a.seed - b.seed)
      .map((run) => {
        const line = dumbbell(run, y);
        y += seedGap;
        return line;
      });
    const wanted = x(runs[0]!.before.acceptance + goal / 100); // a group is not empty
    const tick = `<path d="M${wanted} ${begin - 7}V${y - seedGap + 7}" stroke="${colours.goal}" stroke-dasharray="3 2"/>`;
    const label = `<text x="${left - 14}" y="${(begin + y - seedGap) / 2 + 5}" text-anchor="end" font-size="14">${writer}</text>`;
    y += rowGap;
    return [label, tick, ...lines].join('\n');
  });
  const bottom = y - rowGap + 6;
  const axis = Array.from({ length: (highest - lowest) / 5 / 2 + 0.5 }, (_, i) => lowest + 5 + 10 * i).map(
    (percent) =>
      `<path d="M${x(percent / 100)} ${top - 14}V${bottom}" stroke="#e4e4e4"/>
<text x="${x(percent / 100)}" y="${bottom + 18}" text-anchor="middle" font-size="12">${percent} %</text>`,
  );
  const [width, height] = [left + plot + right, bottom + 30];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" fill="#222">
<title>Acceptance on held-out texts before and after learning, for each simulated writer and seed</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="20" y="26" font-size="16" font-weight="600">Accepted on held-out texts, before and after learning</text>
<text x="20" y="46" font-size="12">one line a seed: <tspan fill="${colours.promoted}">● put into use</tspan>, <tspan fill="#777">● kept aside</tspan>, <tspan fill="${colours.goal}">┆ the goal of ${goal} points</tspan></text>
${[...axis, ...rows].join('\n')}
</svg>
`;
}

function dumbbell({ before, after, gate }: RunRecord, y: number): string {
  const colour = gate.promoted ? colours.promoted : colours.keptAside;
  const [from, to] = [x(before.acceptance), x(after.acceptance)];
  return `<path d="M${from} ${y}H${to}" stroke="${colour}" stroke-width="2"/>
<circle cx="${from}" cy="${y}" r="3.5" fill="#fff" stroke="${colour}"/>
<circle cx="${to}" cy="${y}" r="4.5" fill="${colour}"/>`;
}

/** @param share acceptance, 0 to 1 */
function x(share: number): number {
  return Math.round(10 * (left + (plot * (100 * share - lowest)) / (highest - lowest))) / 10;
}
