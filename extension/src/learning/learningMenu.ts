/** @file What the status menu offers of learning in each state. Pure; commands.ts shows it. */
import type { TrainingStatus } from '../../../server/protocol/status.ts';
import type { Translate } from '../messages/translate.ts';

export interface LearningItem {
  readonly label: string;
  /** Of the command, without the prefix. */
  readonly name: string;
}

export function learningItems(state: TrainingStatus['state'], t: Translate): readonly LearningItem[] {
  const cancel = { label: t('$(close) Cancel Learning'), name: 'cancelLearning' };
  switch (state) {
    case 'idle':
      return [{ label: t('$(mortar-board) Train Now'), name: 'trainNow' }];
    case 'running':
      return [{ label: t('$(debug-pause) Pause Learning'), name: 'pauseLearning' }, cancel];
    case 'paused':
      return [{ label: t('$(debug-continue) Resume Learning'), name: 'resumeLearning' }, cancel];
    case 'elsewhere':
      return [
        { label: t('$(debug-pause) Pause Learning in the Other Window'), name: 'pauseLearning' },
        { label: t('$(debug-continue) Resume Learning in the Other Window'), name: 'resumeLearning' },
        { label: t('$(close) Cancel Learning in the Other Window'), name: 'cancelLearning' },
      ];
  }
}
