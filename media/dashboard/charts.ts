/** @file The dashboard's charts: each a canvas with a summary for who can't see it, and the same numbers as a table. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import { el, table } from './dom.ts';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

export interface Series {
  readonly title: string;
  /** A number for each label; null: no value. */
  readonly values: readonly (number | null)[];
}

export interface ChartView {
  readonly id: string;
  readonly title: string;
  /** One sentence that says what the chart shows. */
  readonly summary: string;
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  readonly kind: 'stackedBars' | 'bars' | 'line' | 'intervals';
  /** For `intervals`: the ends at each label. */
  readonly intervals?: readonly (readonly [number, number] | null)[];
  /** The line of the grid that matters: a multiple of 0.25. */
  readonly reference?: number;
  /** A share is at most 1; a ratio may be more. Both are written in per cent. */
  readonly unit: 'count' | 'share' | 'ratio' | 'number';
}

const shown = new Map<string, Chart>();

const colourNames = [
  '--vscode-charts-blue',
  '--vscode-charts-yellow',
  '--vscode-charts-green',
  '--vscode-charts-purple',
];

function colour(name: string, fallback: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || fallback;
}

/** A figure with the chart; call {@link draw} when it stands in the document. */
export function chartFigure(view: ChartView): HTMLElement {
  const rows = view.labels.map((label, i) => [
    label,
    ...view.series.map(({ values }) => format(values[i] ?? null, view.unit)),
    ...(view.intervals ? [intervalText(view.intervals[i] ?? null, view.unit)] : []),
  ]);
  const head = ['', ...view.series.map(({ title }) => title), ...(view.intervals ? ['95 % interval'] : [])];
  return el(
    'figure',
    { id: view.id },
    el('figcaption', {}, view.title),
    el(
      'div',
      { class: 'plot' },
      el('canvas', { role: 'img', 'aria-label': `${view.title}. ${view.summary}` }),
    ),
    el('p', { class: 'summary' }, view.summary),
    el('details', {}, el('summary', {}, 'As a table'), table(view.title, head, rows)),
  );
}

/** Draws what {@link chartFigure} made; again after the theme changed. */
export function draw(view: ChartView): void {
  const canvas = document.querySelector<HTMLCanvasElement>(`#${view.id} canvas`);
  if (!canvas) return;
  shown.get(view.id)?.destroy();
  shown.set(view.id, new Chart(canvas, configuration(view)));
}

function configuration(view: ChartView): ChartConfiguration {
  const text = colour('--vscode-foreground', '#888888');
  const grid = colour('--vscode-panel-border', '#80808059');
  const colours = colourNames.map((name) => colour(name, '#4080d0'));
  const stacked = view.kind === 'stackedBars';
  const percent = view.unit === 'share' || view.unit === 'ratio';
  const datasets: ChartConfiguration['data']['datasets'] = view.series.map(({ title, values }, i) => {
    const one = colours[i % colours.length]!; // in range
    const shared = { label: title, data: [...values], backgroundColor: one, borderColor: one };
    return view.kind === 'line' || view.kind === 'intervals'
      ? {
          type: 'line' as const,
          ...shared,
          borderWidth: 2,
          pointRadius: view.kind === 'line' ? 0 : 5,
          showLine: view.kind === 'line',
          tension: 0,
        }
      : { type: 'bar' as const, ...shared, maxBarThickness: 42 };
  });
  if (view.intervals) {
    const data = view.intervals.map((ends) => (ends ? [ends[0], ends[1]] : null)) as [number, number][];
    datasets.push({
      type: 'bar',
      label: '95 % interval',
      data,
      backgroundColor: `${colours[0]!}66`,
      maxBarThickness: 10,
    });
  }
  return {
    type: 'bar',
    data: { labels: [...view.labels], datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      color: text,
      plugins: {
        legend: { display: datasets.length > 1, position: 'bottom', labels: { color: text, boxWidth: 12 } },
        tooltip: {
          callbacks: percent
            ? {
                label: ({ dataset, parsed, raw }) =>
                  `${dataset.label ?? ''}: ${Array.isArray(raw) ? intervalText(raw as [number, number], view.unit) : format(parsed.y ?? null, view.unit)}`,
              }
            : {},
        },
      },
      scales: {
        x: { stacked, ticks: { color: text, maxTicksLimit: 12 }, grid: { display: false } },
        y: {
          stacked,
          beginAtZero: view.unit !== 'number',
          ...(view.unit === 'share' ? { min: 0, max: 1 } : {}),
          ...(view.unit === 'ratio' ? { suggestedMax: 1.25 } : {}),
          ticks: {
            color: text,
            precision: view.unit === 'count' ? 0 : undefined,
            ...(percent ? { stepSize: 0.25 } : {}),
            callback: (value) => format(Number(value), view.unit),
          },
          grid: { color: ({ tick }) => (tick.value === view.reference ? text : grid) },
        },
      },
    },
  };
}

function format(value: number | null, unit: ChartView['unit']): string {
  if (value === null) return '–';
  if (unit === 'share' || unit === 'ratio') return `${Math.round(100 * value)} %`;
  return unit === 'count' ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function intervalText(ends: readonly [number, number] | null, unit: ChartView['unit']): string {
  return ends ? `${format(ends[0], unit)} to ${format(ends[1], unit)}` : '–';
}
