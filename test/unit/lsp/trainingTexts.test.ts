import { describe, expect, it } from 'vitest';
import { textsOf } from '../../../server/src/lsp/trainingTexts.ts';

/** A decision on the text between ⟦ and ⟧, of which so many characters around it are kept. */
function decided(marked: string, { language = 'markdown', kept = 400 } = {}) {
  const [before = '', rest = ''] = marked.split('⟦');
  const [original = '', after = ''] = rest.split('⟧');
  return { language, before: before.slice(-kept), original, after: after.slice(0, kept) };
}

describe('the texts that training asks about', () => {
  it('are the sentences of a paragraph, for a larger model together', () => {
    const context = decided('# Notes\n\n⟦She go home every evening. They stays there.⟧\n\nThe end.\n');
    expect(textsOf(context, 'edit-1')).toEqual(['She go home every evening.', 'They stays there.']);
    expect(textsOf(context, 'instructions')).toEqual(['She go home every evening. They stays there.']);
  });

  it('are whole sentences where a part of one was decided on', () => {
    const context = decided('We came. I know ⟦that he go⟧ there, and so do you. They stays.');
    expect(textsOf(context, 'edit-1')).toEqual(['I know that he go there, and so do you.']);
  });

  it('are what is read, without the marks of the language', () => {
    const context = decided('- ⟦The **claims**\n  was [true](x) then⟧\n');
    expect(textsOf(context, 'edit-1')).toEqual(['The claims was true then']);
  });

  it('are the text itself where what is kept around it reads as something else', () => {
    const fenced = decided('```\ncode\n```\n\n⟦She go home every evening.⟧\n\n```\nmore\n```\n', { kept: 9 });
    expect(textsOf(fenced, 'edit-1')).toEqual(['She go home every evening.']);
  });

  it('are none where there is no sentence', () => {
    expect(textsOf(decided('Yes ⟦no.⟧'), 'edit-1')).toEqual([]);
    expect(textsOf(decided('She writes ⟦⟧'), 'edit-1')).toEqual([]);
  });
});
