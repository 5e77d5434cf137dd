/** @file "How Second Draft learns": three writers in a cycle, solved live by game/ in a webview. Bundled to dist/media/explainLearning.js. */
import { condorcetGame, favouriteWithinRounds, nashMixture } from '../../server/src/game/condorcet.ts';
import { diagnose } from '../../server/src/game/diagnostics.ts';
import { Sgda, stableRate } from '../../server/src/game/sgda.ts';
import type { Strategies } from '../../server/src/game/types.ts';
import { simplexPoint, svgPath } from './simplex.ts';
import { page, sliders } from './view.ts';

const steps = 3000;
const side = 300;
const names = ['A', 'B', 'C'];

function element(id: string): Element {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

function slider(id: string): HTMLInputElement {
  const found = element(id);
  if (!(found instanceof HTMLInputElement)) throw new Error(`#${id} is no slider.`);
  return found;
}

const percent = (p: number): string => `${(100 * p).toFixed(0)} %`;
const value = (id: string): number => Number(slider(id).value);

/** A and B leave C what they do not take; the slider that was not moved gives way. */
function keepSharesWhole(moved: string): void {
  const other = moved === 'shareA' ? 'shareB' : 'shareA';
  if (value('shareA') + value('shareB') > 100) slider(other).value = String(100 - value(moved));
}

function place(id: string, p: ArrayLike<number>): void {
  const { x, y } = simplexPoint(p, side);
  element(id).setAttribute('cx', x.toFixed(2));
  element(id).setAttribute('cy', y.toFixed(2));
}

function show(id: string, text: string): void {
  element(`${id}-value`).textContent = text;
  slider(id).setAttribute('aria-valuetext', text);
}

function row(title: string, p: ArrayLike<number>): HTMLTableRowElement {
  const made = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = title;
  made.append(
    head,
    ...names.map((_, i) => Object.assign(document.createElement('td'), { textContent: percent(p[i]!) })),
  ); // three texts
  return made;
}

/** Learns from the start, and draws what happened. */
function update(): void {
  const [a, b] = [value('shareA') / 100, value('shareB') / 100];
  const shares = [a, b, Math.max(0, 1 - a - b)];
  const [tauLeader, tauFollower] = [10 ** value('tauLeader'), 10 ** value('tauFollower')];
  const [kappa, rounds] = [value('kappa'), value('rounds')];
  show('shareA', percent(a));
  show('shareB', `${percent(b)}, so ${percent(shares[2]!)} rank C, A, B`); // three shares
  show('tauLeader', tauLeader.toPrecision(2));
  show('tauFollower', tauFollower.toPrecision(2));
  show('kappa', `${kappa} times`);
  show('rounds', String(rounds));

  const game = condorcetGame({ shares, tauLeader, tauFollower });
  const leaderRate = Math.min(0.1, stableRate(game, 'natural', kappa));
  const sgda = new Sgda(game, {
    parametrisation: 'natural',
    leaderRate,
    kappa: { as: 'rateRatio', value: kappa },
  });
  const strategies = sgda.strategies[0]!; // one context
  const points = [simplexPoint(strategies.leader, side)];
  place('start', strategies.leader);
  for (let t = 0; t < steps; t++) {
    sgda.step();
    if (t % 10 === 0 || t < 50) points.push(simplexPoint(strategies.leader, side));
  }
  element('path').setAttribute('d', svgPath(points));
  place('end', strategies.leader);
  const cycle = shares.every((share) => share < 0.5);
  element('nash').toggleAttribute('hidden', !cycle);
  if (cycle) place('nash', nashMixture(shares));
  element('answers').replaceChildren(
    row('Leader', strategies.leader),
    ...names.map((name, k) =>
      row(`Follower, having seen ${name}`, strategies.follower.subarray(3 * k, 3 * k + 3)),
    ),
    ...(cycle ? [row('Nash’s mixture', nashMixture(shares))] : []),
  );
  element('outcome').textContent = outcome(
    shares,
    strategies,
    rounds,
    cycle,
    diagnose(game, [strategies]).distance,
  );
}

function outcome(
  shares: readonly number[],
  { leader, follower }: Strategies,
  rounds: number,
  cycle: boolean,
  distance: number,
): string {
  const best = leader.indexOf(Math.max(...leader));
  const draft =
    Math.max(...leader) - Math.min(...leader) < 0.005
      ? 'The leader does not choose between A, B and C.'
      : `The leader writes ${names[best]!} in ${percent(leader[best]!)} of its drafts.`;
  const met = favouriteWithinRounds(shares, leader, follower, rounds)[rounds - 1]!; // rounds ≥ 1
  const within = rounds === 1 ? 'one answer' : `${rounds} answers`;
  const rank = cycle
    ? 'No text beats both others.'
    : 'With half of the writers or more on one side there is no cycle.';
  const solved =
    distance < 1e-3
      ? 'Learning reached the exact solution.'
      : `After ${steps} steps learning is ${(100 * distance).toFixed(1)} % from the exact solution.`;
  return `${draft} ${percent(met)} of writers meet their favourite within ${within}. ${rank} ${solved}`;
}

element('app').innerHTML = page;
for (const { id } of sliders) {
  slider(id).addEventListener('input', () => {
    if (id === 'shareA' || id === 'shareB') keepSharesWhole(id);
    update();
  });
}
update();
