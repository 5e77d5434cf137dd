/** @file The page's static markup. No values of users go into it; index.ts fills the outputs as text. */

interface Slider {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
}

/** τ sliders hold log10 τ. */
export const sliders: readonly Slider[] = [
  { id: 'shareA', label: 'Writers who rank A, B, C (%)', hint: 'A over B over C', min: 0, max: 100, step: 1, value: 40 },
  { id: 'shareB', label: 'Writers who rank B, C, A (%)', hint: 'the rest rank C, A, B', min: 0, max: 100, step: 1, value: 35 },
  { id: 'tauLeader', label: 'How close the leader stays to where it began (τ of the leader)', hint: 'small: bold, large: cautious', min: -3, max: 1, step: 0.1, value: -2 },
  { id: 'tauFollower', label: 'How close the follower stays to where it began (τ of the follower)', hint: 'small: bold, large: cautious', min: -3, max: 1, step: 0.1, value: -2 },
  { id: 'kappa', label: 'How much faster the follower learns (κ)', hint: 'a ratio of learning rates', min: 1, max: 20, step: 1, value: 5 },
  { id: 'rounds', label: 'Answers a writer looks at (rounds)', hint: 'the draft, then refinements of the latest text', min: 1, max: 3, step: 1, value: 3 },
]; // prettier-ignore

function sliderMarkup({ id, label, hint, min, max, step, value }: Slider): string {
  return `<div class="slider"><label for="${id}">${label}</label>
<input type="range" id="${id}" min="${min}" max="${max}" step="${step}" value="${value}" aria-describedby="${id}-hint">
<output for="${id}" id="${id}-value"></output><span class="hint" id="${id}-hint">${hint}</span></div>`;
}

/** The whole page, for the element `#app`. */
export const page = `
<h1>How Second Draft learns</h1>
<p>Three kinds of writers choose between three rewrites, A, B and C. No rewrite is best for all: most prefer A to B, most prefer B to C, and most
prefer C to A. A <strong>leader</strong> writes a draft, a <strong>follower</strong> sees it and answers with what beats it. Both learn at once, each from
the other. What you see is computed by the code that also trains the model.</p>
<div class="columns">
<form class="sliders" aria-label="The game">${sliders.map(sliderMarkup).join('')}</form>
<figure>
<svg id="simplex" viewBox="-24 -24 348 320" role="img" aria-labelledby="simplex-title">
<title id="simplex-title">The leader’s mixture over A, B and C while it learns</title>
<path class="frame" d="M0 259.81H300L150 0Z"/>
<text x="-16" y="278">A</text><text x="305" y="278">B</text><text x="150" y="-8" text-anchor="middle">C</text>
<path id="path" class="path"/>
<circle id="start" class="start" r="5"/><circle id="nash" class="nash" r="6"/><circle id="end" class="end" r="6"/>
</svg>
<figcaption><span class="key start-key"></span> start <span class="key end-key"></span> the leader after learning <span class="key nash-key"></span> Nash’s mixture</figcaption>
</figure>
</div>
<p id="outcome" class="outcome" role="status" aria-live="polite"></p>
<table><caption>What each player does</caption>
<thead><tr><td></td><th scope="col">A</th><th scope="col">B</th><th scope="col">C</th></tr></thead>
<tbody id="answers"></tbody></table>
`;
