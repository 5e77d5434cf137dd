import { describe, expect, it } from 'vitest';
import { CrashBudget } from '../../../extension/src/engine/crashBudget.ts';
import { bytes, bytesOf, percent, timeLeft } from '../../../extension/src/messages/format.ts';
import { DownloadPace } from '../../../extension/src/status/downloadPace.ts';
import { candidateLabel, reviewTitle, type ReviewView } from '../../../extension/src/review/reviewSurface.ts';
import { Rejections } from '../../../extension/src/decisions/rejections.ts';
import { statusText, type StatusFacts } from '../../../extension/src/status/statusText.ts';
import { throttle } from '../../../extension/src/host/throttle.ts';
import { inEnglish } from '../../../extension/src/messages/translate.ts';
import type { CandidateId, RunId } from '../../../server/protocol/common.ts';
import type { DecisionKind } from '../../../server/protocol/decisions.ts';
import type { Candidate } from '../../../server/protocol/refine.ts';
import type { Status, TrainingStatus } from '../../../server/protocol/status.ts';

const idle: TrainingStatus = { state: 'idle' };
const ready: Status = { state: 'ready', model: 'SmolLM2 135M', adapter: 4 };

function status(change: Partial<StatusFacts> & { status?: Status; training?: TrainingStatus }) {
  const { status: state = ready, training = idle, ...rest } = change;
  const facts: StatusFacts = {
    server: { status: state, training, recording: true },
    writing: null,
    quiet: null,
    yieldsToCopilot: false,
    downloadLeftMs: null,
    ...rest,
  };
  return statusText(facts, inEnglish);
}

describe('the status item', () => {
  it('says which model is ready and whether decisions are kept', () => {
    expect(status({})).toEqual({
      text: '$(pencil)',
      tooltip: 'Ready: SmolLM2 135M, adapter 4\nYour decisions are kept on this computer.',
      isError: false,
    });
    const before = { server: null, writing: null, quiet: null, yieldsToCopilot: false, downloadLeftMs: null };
    expect(statusText(before, inEnglish).text).toBe('$(pencil)');
  });

  it('names no model before one was loaded, but says whether decisions are kept', () => {
    const unloaded: Status = { state: 'ready', model: '', adapter: null };
    expect(status({ status: unloaded }).tooltip).toBe(
      'The model loads when it is first needed.\nYour decisions are kept on this computer.',
    );
    const before = { server: null, writing: null, quiet: null, yieldsToCopilot: false, downloadLeftMs: null };
    expect(statusText(before, inEnglish).tooltip).toBe('The model loads when it is first needed.');
  });

  it('says who is writing, and how to stop it', () => {
    expect(status({ writing: 'follower' })).toMatchObject({
      text: '$(loading~spin) Follower',
      tooltip: 'Writing. Escape stops it.',
    });
  });

  it('says how far a download and learning are', () => {
    const download: Status = { state: 'downloading', model: 'Qwen', doneBytes: 460e6, totalBytes: 1100e6 };
    expect(status({ status: download })).toMatchObject({
      text: '$(cloud-download) 41%',
      tooltip: '460 of 1,100 MB',
    });
    expect(status({ status: download, downloadLeftMs: 3 * 60_000 }).tooltip).toBe(
      '460 of 1,100 MB, 3 min left',
    );
    const run = {
      runId: 'r' as RunId,
      doing: '',
      step: 35,
      steps: 100,
      decisions: 64,
      etaMs: 12 * 60_000,
    } as const;
    expect(status({ training: { ...run, state: 'running' } })).toMatchObject({
      text: '$(mortar-board) 35%',
      tooltip: 'Learning from 64 decisions, 12 min left',
    });
    expect(status({ training: { ...run, state: 'paused', why: 'battery' } })).toMatchObject({
      text: '$(debug-pause) 35%',
      tooltip: 'Learning paused: on battery',
    });
    expect(status({ training: { state: 'elsewhere' } })).toMatchObject({
      text: '$(mortar-board)',
      tooltip: 'Another window is learning.',
    });
  });

  it('says why suggestions keep quiet', () => {
    expect(status({ quiet: { language: 'Markdown' } }).tooltip).toBe('Suggestions off in Markdown');
    expect(status({ quiet: { language: 'Markdown' }, yieldsToCopilot: true }).tooltip).toBe(
      'Off in Markdown: Copilot is on here',
    );
    expect(status({ quiet: { until: new Date(2026, 0, 1, 14, 5).getTime() } }).tooltip).toBe(
      'Suggestions off until 14:05',
    );
  });

  it('shows an error above all else', () => {
    const broken: Status = { state: 'broken', code: 'modelMissing', message: 'No model is installed.' };
    expect(status({ status: broken, writing: 'leader' })).toEqual({
      text: '$(error) Second Draft',
      tooltip: 'No model is installed.',
      isError: true,
    });
  });
});

describe('sizes and times', () => {
  it('are in words', () => {
    expect([bytes(0), bytes(98.4e6), bytes(1.1e9), bytes(16e9)]).toEqual([
      '0 MB',
      '98 MB',
      '1.1 GB',
      '16 GB',
    ]);
    expect(bytesOf(460e6, 1100e6, inEnglish)).toBe('460 of 1,100 MB');
    expect([percent(1, 3), percent(5, 0), percent(4, 3)]).toEqual([33, 0, 100]);
    expect([timeLeft(20_000, inEnglish), timeLeft(720_000, inEnglish)]).toEqual([
      'less than a minute left',
      '12 min left',
    ]);
  });
});

describe('the title of a review', () => {
  const candidate = (role: Candidate['role'], round: number): Candidate => ({
    id: `${role}${String(round)}` as CandidateId,
    role,
    round,
    text: 'x',
    wordsChanged: 14,
    timing: { firstWordMs: 0, totalMs: 0, tokens: 0 },
  });
  const view = (change: Partial<ReviewView>): ReviewView => ({
    text: '',
    inPart: false,
    candidates: [],
    current: -1,
    state: { kind: 'waiting' },
    position: { index: 0, total: 1 },
    readOnly: false,
    ...change,
  });

  it('says who is writing', () => {
    expect(reviewTitle(view({}), inEnglish)).toBe('Leader is writing…');
    const writing = { kind: 'writing', role: 'follower', round: 1, text: '' } as const;
    expect(reviewTitle(view({ state: writing }), inEnglish)).toBe('Follower is improving it…');
  });

  it('counts selections and suggestions', () => {
    const done = view({
      candidates: [candidate('leader', 0), candidate('follower', 1)],
      current: 1,
      state: { kind: 'finished', outcome: 'improved' },
      position: { index: 1, total: 7 },
    });
    expect(reviewTitle(done, inEnglish)).toBe('2 of 7 · 2 suggestions');
    expect(candidateLabel(done, 1, inEnglish)).toBe('shown in the text · round 1 · 14 words changed');
    expect(candidateLabel(done, 0, inEnglish)).toBe('14 words changed');
  });

  it('counts what is left once some changes were taken', () => {
    const one = { ...candidate('leader', 0), text: 'She goes to the shops every day.' };
    const left = view({ text: 'She goes to shop every days.', inPart: true, candidates: [one], current: 0 });
    expect(candidateLabel(left, 0, inEnglish)).toBe('3 words changed');
    const last = { ...left, text: 'She goes to the shops every days.' };
    expect(candidateLabel(last, 0, inEnglish)).toBe('1 word changed');
  });
});

describe('the pace of a download', () => {
  const at = (doneBytes: number): Status => ({
    state: 'downloading',
    model: 'Qwen',
    doneBytes,
    totalBytes: 1_000,
  });

  it('is told once it has settled, counts only what came since it went on, and ends with it', () => {
    const pace = new DownloadPace();
    pace.note(at(500), 0);
    pace.note(at(510), 1_000);
    expect(pace.leftMs).toBeNull();
    pace.note(at(600), 10_000);
    expect(pace.leftMs).toBe(40_000);
    pace.note(ready, 11_000);
    expect(pace.leftMs).toBeNull();
  });
});

describe('a crashed server', () => {
  it('is started again twice, and not after the third crash', () => {
    const budget = new CrashBudget(3, 1_000, () => 0);
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
    budget.reset();
    expect(budget.spend()).toBe(true);
  });

  it('is forgiven crashes of long ago', () => {
    let now = 0;
    const budget = new CrashBudget(2, 1_000, () => now);
    expect(budget.spend()).toBe(true);
    now = 1_000;
    expect(budget.spend()).toBe(true);
  });
});

describe('many rejections', () => {
  it('are ten in the last twelve decisions on refines', () => {
    const rejections = new Rejections();
    const noted = (kind: DecisionKind, times: number) =>
      Array.from({ length: times }, () => rejections.note(kind, true)).some(Boolean);
    expect(noted('accepted', 3)).toBe(false);
    expect(noted('rejected', 9)).toBe(false);
    expect(noted('ghostDismissed', 5)).toBe(false);
    expect(noted('rejected', 1)).toBe(true);
    expect(noted('rejected', 9)).toBe(false);
  });

  it('are told with the next decision where it is not known at the tenth what is in use, and never where nothing was learned', () => {
    const rejections = new Rejections();
    for (let i = 0; i < 10; i++) expect(rejections.note('rejected', undefined)).toBe(false);
    expect(rejections.note('rejected', true)).toBe(true);
    for (let i = 0; i < 10; i++) expect(rejections.note('rejected', false)).toBe(false);
    expect(rejections.note('rejected', true)).toBe(false); // those before were of the adapter that ships
  });
});

describe('drawing a stream', () => {
  it('draws the first text at once and the newest of the rest, and nothing after it was cancelled', async () => {
    const drawn: number[] = [];
    let draw = throttle<number>(5, () => undefined);
    const third = new Promise<void>((resolve) => {
      draw = throttle<number>(5, (value) => {
        drawn.push(value);
        if (value === 3) resolve();
      });
    });
    draw(1);
    draw(2);
    draw(3);
    expect(drawn).toEqual([1]);
    await third;
    expect(drawn).toEqual([1, 3]);
    draw(4);
    draw.cancel();
    expect(drawn).toEqual([1, 3]);
  });
});
