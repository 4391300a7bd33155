/**
 * The words of a text for a search: without case, accents and plural endings, and the same on both database engines.
 * Scripts that put no space between words are divided into overlapping pairs of characters.
 */

const RUNS =
  /[[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]&&[\p{L}\p{N}\p{M}]]+|[[\p{L}\p{N}\p{M}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]]+/gv;
const UNSPACED = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/v;
/** Accents, variation selectors and joiners: they change only how the character before them is drawn. */
const MARKS = /[\u0300-\u036f\ufe00-\ufe0f\u20d0-\u20ff\u200b-\u200d]/g;
const POSSESSIVE = /(?<=\p{L})['\u2019]s(?![\p{L}\p{N}])/gu;
const MAX_LENGTH = 64;

/** All words, in the order of the text. */
export function wordsOf(text: string): string[] {
  return rawWords(text).map(stem);
}

/**
 * The words to search for. Common words are left out: they are in every text, and cost the most to look up. A question of
 * one or two common words keeps them.
 */
export function questionWords(text: string): string[] {
  const raw = rawWords(text);
  const significant = raw.filter((word) => !COMMON.has(word));
  const searched = significant.length > 0 || raw.length > 2 ? significant : raw;
  return [...new Set(searched.map(stem))].slice(0, MAX_QUESTION_WORDS);
}

const MAX_QUESTION_WORDS = 32;

function rawWords(text: string): string[] {
  const plain = text.normalize('NFKD').replace(MARKS, '').normalize('NFC').toLowerCase();
  const runs = plain.replace(POSSESSIVE, '').match(RUNS) ?? [];
  return runs.flatMap((run) => (UNSPACED.test(run) ? pairs(run) : /[\p{L}\p{N}]/u.test(run) ? [cut(run)] : []));
}

function cut(word: string): string {
  return word.length <= MAX_LENGTH ? word : word.slice(0, MAX_LENGTH).toWellFormed().replace('\ufffd', '');
}

function pairs(run: string): string[] {
  const characters = [...run];
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, i) => characters[i]! + character);
}

/**
 * Removes plural endings, in the languages that add an s or an e. A word that is cut wrongly is still found, because the
 * question and the text are cut the same way.
 */
function stem(word: string): string {
  if (word.length > 4 && /[a-z]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(x|ch|sh|ss)es$/.test(word)) return word.slice(0, -2);
  const one = word.length > 3 && /[a-z]s$/.test(word) && !/[su]s$/.test(word) ? word.slice(0, -1) : word;
  return one.length > 4 && /[a-z]e$/.test(one) ? one.slice(0, -1) : one;
}

const COMMON: ReadonlySet<string> = new Set(
  `a about am c d don isn j l ll m n qu re s t ve an and any are as at be been but by can could did do does for from get had has have he hello her here hi
  him his how i if im in into is it its ive just know let like may me more my need no not of on or our out please shall
  she should so some tell than thank thanks that the their them then there these they this those to too up us very want
  was we were what whats when where which who whom whose why will with would yes you your youre
  aber als am an auch auf aus bei bin bist bitte da das dass dein dem den der des die dir du ein eine einem einen einer
  er es fur haben hat hast ich ihr im in ist ja kann kein mein mich mir mit nach nein nicht noch nur oder sein sich sie
  sind uber um und uns von war warum was wenn wer wie wir wird wo zu zum zur
  al con como cual cuando de del donde el ella en es esta este esto la las le lo los mas me mi muy no o para pero por
  porque que quien se si sin son su sus te tu un una y yo
  au aux avec ce ces cette dans de des du elle en est et il ils je la le les leur lui ma mais mes mon ne nous ou par pas
  plus pour qu que qui quoi sa se ses son sont sur ta tes toi ton tu un une vos votre vous
  che chi ci come con da dei del della di dove e gli i il io lo ma mi nel non per piu quando quanto sono su ti una voi
  ao aos as com da das do dos e ela ele em eu foi isso mas na nas no nos nao os ou para pela pelo por seu sua tem um uma
  aan dat de een en er het hij ik is je maar met naar niet of om op te van voor wat we wel wie ze zijn`.split(/\s+/),
);
