import { expect, it } from 'vitest';
import type { StatusParams } from '../../../server/protocol/status.ts';
import { StatusReporter } from '../../../server/src/lsp/statusReporter.ts';

it('tells nothing to a client that knows no status, and the whole of it once it is known to', () => {
  const sent: StatusParams[] = [];
  const reporter = new StatusReporter((status) => sent.push(status));
  reporter.report({ status: { state: 'loading', model: 'Small' } });
  reporter.report({ recording: true });
  expect(sent).toEqual([]);
  const state = {
    status: { state: 'loading', model: 'Small' },
    training: { state: 'idle' },
    recording: true,
  };
  reporter.hear();
  reporter.hear();
  expect(sent).toEqual([state]);
  reporter.report({ training: { state: 'elsewhere' } });
  expect(sent.at(-1)).toEqual({ ...state, training: { state: 'elsewhere' } });
});
