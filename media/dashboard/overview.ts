/** @file The tab Overview: what is known of the writer's taste, and charts of decisions, adapters and the newest run. */
import type { DashboardResult, RunRow } from '../../server/protocol/learning.ts';
import type { ChartView } from './charts.ts';
import { el } from './dom.ts';
import { adapterName, count, kindGroups, moment, percent } from './words.ts';

/** Sentences above the charts. */
export function facts(data: DashboardResult): HTMLElement {
  const { decisions, decisionsSinceTraining, beliefs, recording } = data;
  return el(
    'section',
    { 'aria-label': 'What is known' },
    el(
      'p',
      {},
      `${count(decisions, 'decision')} kept on this computer, ${count(decisionsSinceTraining, 'new one')} about rewrites. ${nextLearning(data)}`,
    ),
    recording
      ? null
      : el('p', { class: 'notice' }, 'Decisions are not being kept now, so nothing more is learned.'),
    el('h2', {}, 'Your taste'),
    beliefs.length > 0
      ? el('p', { id: 'beliefs' }, `You prefer: ${beliefs.join(', ')}.`)
      : el('p', { id: 'beliefs', class: 'muted' }, 'Not enough is known yet to say what you prefer.'),
  );
}

/** What has to happen before it learns again. */
export function nextLearning({
  missingDecisions,
  train,
  notBefore,
  onBattery,
}: Pick<DashboardResult, 'missingDecisions' | 'train' | 'notBefore' | 'onBattery'>): string {
  if (train === 'off') return 'Learning is off in your settings.';
  if (train === 'server')
    return 'A server writes, which can’t be taught; choose a model on this computer to learn.';
  if (missingDecisions > 0) {
    return `${count(missingDecisions, 'more decision')} about rewrites until the next learning.`;
  }
  if (train === 'manual') return 'Enough new decisions to learn from: learn with Train Now.';
  const when = `when you pause for five minutes${onBattery ? '' : ' on mains power'}`;
  const rest = notBefore === null ? '' : `, but not before ${moment(notBefore)}`;
  return `Enough new decisions to learn from: learning starts by itself ${when}${rest}, or now with Train Now.`;
}

/** The charts that have something to show. */
export function charts(data: DashboardResult): ChartView[] {
  return [
    decisionsPerWeek(data),
    acceptance(data),
    followerVersusLeader(data),
    winRates(data),
    lengths(data),
    ...runCharts(data.runs[0]),
  ].filter((view) => view !== null);
}

/** The Monday of a day, both YYYY-MM-DD. */
export function weekOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

/** More weeks than that come from a clock that was wrong. */
const mostWeeks = 520;

/** The Mondays from the first of these days to the last, also of weeks without one. */
export function weeksOf(days: readonly string[]): string[] {
  const mondays = [...new Set(days.map(weekOf))].sort();
  const [first, last] = [mondays[0], mondays.at(-1)].map((monday) => Date.parse(`${monday}T00:00:00Z`));
  const weekMs = 7 * 24 * 3600_000; // UTC has no summer time
  const weeks = 1 + Math.round((last! - first!) / weekMs);
  if (!(weeks <= mostWeeks)) return mondays;
  return Array.from({ length: weeks }, (_, i) => new Date(first! + i * weekMs).toISOString().slice(0, 10));
}

function decisionsPerWeek({ decisionsPerDay }: DashboardResult): ChartView | null {
  if (decisionsPerDay.length === 0) return null;
  const weeks = weeksOf(decisionsPerDay.map(({ day }) => day));
  const series = kindGroups.map(({ title, kinds }) => ({
    title,
    values: weeks.map((week) =>
      decisionsPerDay
        .filter((row) => weekOf(row.day) === week && kinds.includes(row.kind))
        .reduce((sum, row) => sum + row.count, 0),
    ),
  }));
  const total = decisionsPerDay.reduce((sum, row) => sum + row.count, 0);
  return {
    id: 'chart-decisions',
    title: 'Decisions per week',
    summary: `${count(total, 'decision')} in ${count(weeks.length, 'week')}.`,
    labels: weeks,
    series,
    kind: 'stackedBars',
    unit: 'count',
  };
}

function acceptance({ acceptancePerAdapter: rows }: DashboardResult): ChartView | null {
  if (rows.length === 0) return null;
  const last = rows.at(-1)!; // not empty
  return {
    id: 'chart-acceptance',
    title: 'How often you accept, by adapter',
    summary: `${adapterName(last.adapter)}: ${last.accepted} of ${last.decided} accepted.`,
    labels: rows.map(({ adapter }) => adapterName(adapter)),
    series: [{ title: 'Accepted', values: rows.map(({ accepted, decided }) => accepted / decided) }],
    intervals: rows.map(({ low, high }) => [low, high] as const),
    kind: 'intervals',
    unit: 'share',
  };
}

function followerVersusLeader({
  followerVersusLeader: { follower, leader },
}: DashboardResult): ChartView | null {
  if (follower + leader === 0) return null;
  return {
    id: 'chart-roles',
    title: 'Where you saw both: draft or refinement',
    summary: `You took the refinement in ${percent(follower / (follower + leader))} of ${count(follower + leader, 'choice')}.`,
    labels: ['Draft (leader)', 'Refinement (follower)'],
    series: [{ title: 'Taken', values: [leader, follower] }],
    kind: 'bars',
    unit: 'count',
  };
}

function winRates({ adapters }: DashboardResult): ChartView | null {
  const judged = adapters.flatMap(({ id, winRate }) => (winRate ? [{ id, winRate }] : []));
  if (judged.length === 0) return null;
  const last = judged.at(-1)!; // not empty
  return {
    id: 'chart-wins',
    title: 'Held-out comparisons won by a new adapter',
    summary: `${adapterName(last.id)} was preferred in ${percent(last.winRate.value)} against the one before it.`,
    labels: judged.map(({ id }) => adapterName(id)),
    series: [{ title: 'Preferred', values: judged.map(({ winRate }) => winRate.value) }],
    intervals: judged.map(({ winRate }) => [winRate.low, winRate.high] as const),
    reference: 0.5,
    kind: 'intervals',
    unit: 'share',
  };
}

/** How much longer or shorter each learned adapter writes. */
function lengths({ adapters }: DashboardResult): ChartView | null {
  const measured = adapters.flatMap(({ id, lengthRatio }) =>
    lengthRatio === null ? [] : [{ id, lengthRatio }],
  );
  if (measured.length === 0) return null;
  const last = measured.at(-1)!; // not empty
  const change = Math.round(Math.abs(last.lengthRatio - 1) * 100);
  return {
    id: 'chart-lengths',
    title: 'Length of what a new adapter writes',
    summary:
      change === 0
        ? `What ${adapterName(last.id)} writes is as long as what the one before it wrote.`
        : `What ${adapterName(last.id)} writes is ${change} % ${last.lengthRatio > 1 ? 'longer' : 'shorter'} than what the one before it wrote.`,
    labels: measured.map(({ id }) => adapterName(id)),
    series: [{ title: 'Against the adapter before', values: measured.map(({ lengthRatio }) => lengthRatio) }],
    reference: 1,
    kind: 'bars',
    unit: 'ratio',
  };
}

function runCharts(run: RunRow | undefined): (ChartView | null)[] {
  if (!run || run.metrics.length === 0) return [];
  const labels = run.metrics.map(({ step }) => String(step));
  const last = run.metrics.at(-1)!; // not empty
  const line = (id: string, title: string, summary: string, series: ChartView['series']): ChartView => ({
    id,
    title,
    summary,
    labels,
    series,
    kind: 'line',
    unit: 'number',
  });
  const of = (key: 'loss' | 'leaderReward' | 'followerReward' | 'klToReference'): number[] =>
    run.metrics.map((metric) => metric[key]);
  return [
    line('chart-loss', 'Newest learning: loss', `${last.loss.toPrecision(3)} at step ${last.step}.`, [
      { title: 'Loss', values: of('loss') },
    ]),
    line(
      'chart-reward',
      'Newest learning: reward',
      `Leader ${last.leaderReward.toPrecision(3)}, follower ${last.followerReward.toPrecision(3)} at step ${last.step}.`,
      [
        { title: 'Leader', values: of('leaderReward') },
        { title: 'Follower', values: of('followerReward') },
      ],
    ),
    line(
      'chart-kl',
      'Newest learning: distance from the adapter it began with',
      `${last.klToReference.toPrecision(3)} nats per word piece at step ${last.step}.`,
      [{ title: 'KL divergence', values: of('klToReference') }],
    ),
  ];
}
