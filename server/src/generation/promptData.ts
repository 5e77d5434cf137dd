/**
 * @file Every prompt as data: one set per task and per size class of the model. Tiny models get example exchanges as earlier chat turns
 * (plain instructions make them explain instead of edit), larger ones get instructions, an editing adapter its training format.
 */
import type { Task } from '../../protocol/common.ts';

interface Example {
  readonly bad: string;
  /** A first answer that can still be improved; the follower's examples show it. */
  readonly first: string;
  readonly good: string;
}

interface FewShotPrompt {
  readonly system: string;
  /** Put before the text in the user's turn; '' for the text alone. */
  readonly ask: string;
  readonly examples: readonly Example[];
}

/** What the follower's user turn says; the same words in every format. */
export const followerAsk = 'Improve it.';

const editorSystem = 'You correct and improve English sentences. You answer with the improved sentence only.';

export const fewShotPrompts: Readonly<Record<Exclude<Task, 'custom'>, FewShotPrompt>> = {
  improve: {
    system: editorSystem,
    ask: '',
    examples: [
      {
        bad: 'He dont know nothing about the plan what we made.',
        first: "He doesn't know nothing about the plan that we made.",
        good: "He doesn't know anything about the plan we made.",
      },
      {
        bad: 'In order to be able to finish, we will be needing more time then we thought.',
        first: 'In order to finish, we will need more time than we thought.',
        good: 'To finish, we will need more time than we thought.',
      },
      {
        bad: 'The childs was playing in the garden when it begun to rain.',
        first: 'The children was playing in the garden when it began to rain.',
        good: 'The children were playing in the garden when it began to rain.',
      },
    ],
  },
  shorten: {
    system:
      'You shorten English sentences without losing their meaning. You answer with the shorter sentence only.',
    ask: '',
    examples: [
      {
        bad: 'Due to the fact that it was raining, we made the decision to stay at home.',
        first: 'Because it was raining, we made the decision to stay at home.',
        good: 'Because it was raining, we decided to stay at home.',
      },
      {
        bad: 'It is important to note that the results are basically the same in each and every case.',
        first: 'Note that the results are the same in each and every case.',
        good: 'The results are the same in every case.',
      },
      {
        bad: 'She is a person who always arrives at the office at an early time in the morning.',
        first: 'She always arrives at the office at an early time.',
        good: 'She always arrives at the office early.',
      },
    ],
  },
  clarify: {
    system: 'You make English sentences clearer with plain words. You answer with the clearer sentence only.',
    ask: '',
    examples: [
      {
        bad: 'We will facilitate the utilisation of the tool by all employees.',
        first: 'We will facilitate the use of the tool by all employees.',
        good: 'We will help all employees use the tool.',
      },
      {
        bad: 'It is not impossible that the meeting will be postponed by the team.',
        first: 'It is possible that the meeting will be postponed by the team.',
        good: 'The team may postpone the meeting.',
      },
      {
        bad: 'An investigation of the failure was carried out by the engineers.',
        first: 'An investigation of the failure was done by engineers.',
        good: 'The engineers investigated the failure.',
      },
    ],
  },
  fixGrammar: {
    system:
      'You correct the grammar and spelling of English sentences and change nothing else. You answer with the corrected sentence only.',
    ask: '',
    examples: [
      {
        bad: 'She go to school every days and she like it alot.',
        first: 'She goes to school every days and she likes it alot.',
        good: 'She goes to school every day and she likes it a lot.',
      },
      {
        bad: 'The informations in this reports is out of date.',
        first: 'The information in this reports is out of date.',
        good: 'The information in this report is out of date.',
      },
      {
        bad: 'We has recieved you letter last week.',
        first: 'We have received you letter last week.',
        good: 'We received your letter last week.',
      },
    ],
  },
  formal: {
    system: 'You make English sentences more formal. You answer with the formal sentence only.',
    ask: '',
    examples: [
      {
        bad: "Hey, we can't make it tomorrow, sorry!",
        first: 'We cannot make it tomorrow, sorry.',
        good: 'Unfortunately, we are unable to attend tomorrow.',
      },
      {
        bad: 'Thanks a lot for getting back to me so quick.',
        first: 'Thanks for getting back to me so quickly.',
        good: 'Thank you for your prompt reply.',
      },
      {
        bad: 'Can you send me the stuff we talked about?',
        first: 'Can you send me the documents we talked about?',
        good: 'Could you please send me the documents that we discussed?',
      },
    ],
  },
  friendly: {
    system: 'You make English sentences warmer and friendlier. You answer with the friendlier sentence only.',
    ask: '',
    examples: [
      {
        bad: 'You are required to submit the form by Friday.',
        first: 'You need to submit the form by Friday.',
        good: 'Please send us the form by Friday.',
      },
      {
        bad: 'Your request has been received and will be processed.',
        first: 'We received your request and will process it.',
        good: 'Thanks for your request! We are on it.',
      },
      {
        bad: 'The meeting was moved to Monday. Attendance is expected.',
        first: 'The meeting was moved to Monday. Please attend.',
        good: 'We moved the meeting to Monday, and we hope to see you there.',
      },
    ],
  },
};

const answerOnly =
  'Answer with the rewritten text only: no explanation, no quotation marks. Keep the meaning, names and numbers.';

/** System turns for models that follow instructions. */
export const instructionPrompts: Readonly<Record<Exclude<Task, 'custom'>, string>> = {
  improve: `You are a careful copy editor. Rewrite the user's text so that it is correct, clear and well written. ${answerOnly}`,
  shorten: `You are a careful copy editor. Rewrite the user's text in fewer words. ${answerOnly}`,
  clarify: `You are a careful copy editor. Rewrite the user's text in plain language. ${answerOnly}`,
  fixGrammar: `You are a proofreader. Correct grammar, spelling and punctuation of the user's text and change nothing else. ${answerOnly}`,
  formal: `You are a careful copy editor. Rewrite the user's text in a formal tone. ${answerOnly}`,
  friendly: `You are a careful copy editor. Rewrite the user's text in a warm, friendly tone. ${answerOnly}`,
};

/** System turn for a writer's own wish; `{instruction}` is replaced. */
export const customPrompt = `You are a careful copy editor. Rewrite the user's text as asked: {instruction}. ${answerOnly}`;

export interface EditWish {
  /** What the leader is asked. */
  readonly leader: string;
  /** What the leader is asked of a text that it would leave as it is. */
  readonly otherwise?: string;
  /** What the follower is asked of the draft alone; without it the conversation goes on with {@link followerAsk}. */
  readonly follower?: string;
  /** A ready style that the wish is for: small adapters heed it more than words. */
  readonly style?: 'brief' | 'formal' | 'friendly';
}

/**
 * Short wishes that an editing adapter was trained on, format "edit-1" (docs/models.md). Improving is shared: the leader corrects, and
 * where there is nothing to correct, improves; the follower improves what was corrected (docs/decisions/prompts.md).
 */
export const editWishes: Readonly<Record<Exclude<Task, 'custom'>, EditWish>> = {
  improve: { leader: 'Fix the grammar', otherwise: 'Improve it', follower: 'Improve it' },
  shorten: { leader: 'Make it shorter', style: 'brief' },
  clarify: { leader: 'Make it clearer' },
  fixGrammar: { leader: 'Fix the grammar' },
  formal: { leader: 'Make it professional', style: 'formal' },
  friendly: { leader: 'Fix the grammar', style: 'friendly' },
};
