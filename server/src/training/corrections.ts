/** @file Ordinary mistakes with their corrections, written for this project: the promotion gate sees by them that nothing was forgotten. */
import type { Correction } from './answers.ts';

export const corrections: readonly Correction[] = [
  { wrong: 'She go to work by train every day.', right: 'She goes to work by train every day.' },
  { wrong: 'The informations was not useful for us.', right: 'The information was not useful for us.' },
  { wrong: 'He have been waiting since two hours.', right: 'He has been waiting for two hours.' },
  { wrong: 'I look forward to see you next week.', right: 'I look forward to seeing you next week.' },
  { wrong: 'Their going to the market tommorow.', right: "They're going to the market tomorrow." },
  { wrong: 'We discussed about the plan on the phone.', right: 'We discussed the plan on the phone.' },
  { wrong: 'The children is playing in the garden.', right: 'The children are playing in the garden.' },
  { wrong: 'He did not went to the meeting yesterday.', right: 'He did not go to the meeting yesterday.' },
  { wrong: 'This soup is more better than the last one.', right: 'This soup is better than the last one.' },
  { wrong: 'I have saw that film three times.', right: 'I have seen that film three times.' },
  { wrong: 'Me and my brother lives in the same house.', right: 'My brother and I live in the same house.' },
  { wrong: 'The car, that I bought it last year, is broken.', right: 'The car that I bought last year is broken.' },
  { wrong: 'She is good in playing the piano.', right: 'She is good at playing the piano.' },
  { wrong: 'There was many people in front of the door.', right: 'There were many people in front of the door.' },
  { wrong: 'I am agree with your suggestion.', right: 'I agree with your suggestion.' },
  { wrong: 'The weather effected our plans for the weekend.', right: 'The weather affected our plans for the weekend.' },
]; // prettier-ignore
