/**
 * @file British or American: which spelling a text keeps to, and other words put in that spelling. Only words whose two spellings mean the
 * same are listed. Called by ghostPlace.
 */

export type Variant = 'british' | 'american';

/** Who writes colour may well write organize: each kind of word has its own habit. */
type Kind = 'our' | 'ise' | 'other';

export interface SpellingHabits {
  readonly byKind: ReadonlyMap<Kind, Variant>;
  /** For the kinds that did not occur; null where nothing occurred, or both as often. */
  readonly overall: Variant | null;
}

interface Twin {
  readonly kind: Kind;
  readonly variant: Variant;
  /** In the other spelling. */
  readonly other: string;
}

const our = 'behavior color favor flavor harbor honor humor labor neighbor odor rumor savior splendor';
const ourEndings = ' s ed ing er ers ful fully less able ably ite ites hood hoods ly';
const ise =
  'apolog author capital categor central character civil critic custom digital emphas energ equal final general harmon ideal industrial ital legal local maxim memor mesmer minim mobil modern national neutral normal optim organ penal personal polar popular priorit real recogn' +
  ' social special stabil standard summar symbol sympath terror util visual';
const iseEndings = 'e es ed ing er ers ation ations ational able';
const doubled =
  'cancel channel counsel dial fuel label level marvel model panel quarrel signal travel tunnel';
const doubledEndings = 'ed ing er ers';
/** American/British. */
const single = `behavioral/behavioural marvelous/marvellous analyze/analyse analyzed/analysed analyzes/analyses analyzing/analysing paralyzed/paralysed catalyze/catalyse center/centre
 centers/centres centered/centred centering/centring theater/theatre theaters/theatres fiber/fibre fibers/fibres liter/litre liters/litres
 somber/sombre meager/meagre luster/lustre defense/defence defenses/defences offense/offence offenses/offences pretense/pretence
 catalog/catalogue catalogs/catalogues gray/grey grayish/greyish plow/plough plowed/ploughed skeptic/sceptic skeptics/sceptics
 skeptical/sceptical skepticism/scepticism mold/mould moldy/mouldy fulfill/fulfil fulfills/fulfils enroll/enrol skillful/skilful
 willful/wilful jewelry/jewellery aluminum/aluminium pajamas/pyjamas mustache/moustache maneuver/manoeuvre maneuvers/manoeuvres cozy/cosy
 artifact/artefact artifacts/artefacts airplane/aeroplane airplanes/aeroplanes traveler/traveller travelers/travellers`;

function twins(): ReadonlyMap<string, Twin> {
  const table = new Map<string, Twin>();
  const add = (kind: Kind, american: string, british: string): void => {
    table.set(american, { kind, variant: 'american', other: british });
    table.set(british, { kind, variant: 'british', other: american });
  };
  for (const stem of our.split(' ')) {
    for (const ending of ourEndings.split(' '))
      add('our', stem + ending, stem.replace(/or$/, 'our') + ending);
  }
  for (const stem of ise.split(/\s+/)) {
    for (const ending of iseEndings.split(' ')) add('ise', `${stem}iz${ending}`, `${stem}is${ending}`);
  }
  for (const stem of doubled.split(' ')) {
    for (const ending of doubledEndings.split(' ')) add('other', stem + ending, `${stem}l${ending}`);
  }
  for (const pair of single.split(/\s+/)) {
    const [american = '', british = ''] = pair.split('/');
    add(american.includes('yz') ? 'ise' : 'other', american, british);
  }
  return table;
}

const table = twins();
/** Names keep their spelling (Pearl Harbor), so capitals are left alone. */
const word = /(?<!\p{L})\p{Ll}+(?!\p{L})/gu;

/** What a text keeps to. */
export function spellingHabits(text: string): SpellingHabits {
  const british = new Map<Kind, number>();
  let all = 0;
  for (const [found] of text.matchAll(word)) {
    const twin = table.get(found);
    if (!twin) continue;
    const vote = twin.variant === 'british' ? 1 : -1;
    british.set(twin.kind, (british.get(twin.kind) ?? 0) + vote);
    all += vote;
  }
  const named = (votes: number): Variant | null => (votes === 0 ? null : votes > 0 ? 'british' : 'american');
  const byKind = [...british].flatMap(([kind, votes]): [Kind, Variant][] => {
    const variant = named(votes);
    return variant ? [[kind, variant]] : [];
  });
  return { byKind: new Map(byKind), overall: named(all) };
}

/** A text with its words spelt as the writer does; without a habit they stay. */
export function spelt(text: string, habits: SpellingHabits): string {
  return text.replace(word, (found) => {
    const twin = table.get(found);
    const habit = twin && (habits.byKind.get(twin.kind) ?? habits.overall);
    return !twin || habit === null || habit === twin.variant ? found : twin.other;
  });
}
