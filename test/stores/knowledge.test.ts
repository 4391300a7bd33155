/** Corpora, documents and the looking up of words, the same on both engines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk, Corpus, CorpusDocument, Embedder } from '../../src/knowledge/knowledge.ts';
import { chunksOfText } from '../../src/knowledge/reading/document-chunks.ts';
import { createLibrary } from '../../src/knowledge/search.ts';
import { AT, entry, freshId, openHere } from './workspace.ts';

const { knowledge } = await openHere();
const library = createLibrary(knowledge);
const LATER = '2026-03-02T00:00:00.000Z';
const PAGE = { limit: 10, offset: 0 };

const newCorpus = async (workspaceId = freshId()): Promise<Corpus> => {
  const corpus = { workspaceId, id: freshId(), name: 'Shop', description: null, createdAt: AT, updatedAt: AT };
  await knowledge.corpora.create(corpus, entry());
  return corpus;
};
const documentIn = (
  { workspaceId, id }: Corpus,
  title: string,
  facts: Partial<CorpusDocument> = {},
): CorpusDocument => ({
  workspaceId,
  id: freshId(),
  corpusId: id,
  title,
  mediaType: 'text/plain',
  bytes: 1,
  state: 'ready',
  error: null,
  chunks: 1,
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  ...facts,
});
const cut = (title: string, ...texts: string[]): Chunk[] => texts.flatMap((text) => chunksOfText(title, text));

const keep = async (corpus: Corpus, title: string, ...texts: string[]): Promise<CorpusDocument> => {
  const chunks = cut(title, ...texts);
  const document = documentIn(corpus, title, { chunks: chunks.length });
  assert.equal(await knowledge.documents.put(document, { chunks }, undefined, entry()), true);
  return document;
};
const titles = async (corpus: Corpus, question: string, ...others: Corpus[]): Promise<string[]> =>
  (
    await library.search(
      corpus.workspaceId,
      [corpus, ...others].map(({ id }) => id),
      question,
      10,
    )
  ).map(({ title }) => title);

test('a corpus is kept, changed and removed in its own workspace, its documents with it', async () => {
  const corpus = await newCorpus();
  const other = freshId();
  const document = await keep(corpus, 'Prices', 'A haircut is 30 euros.');
  const stored = await knowledge.corpora.get(corpus.workspaceId, corpus.id);
  assert.deepEqual(stored, corpus);
  assert.equal(await knowledge.corpora.get(other, corpus.id), undefined);
  assert.deepEqual(await knowledge.corpora.list(corpus.workspaceId, PAGE), { items: [corpus], total: 1 });
  const changed = { ...corpus, name: 'Salon', description: 'Hair', updatedAt: LATER };
  assert.equal(await knowledge.corpora.update({ ...changed, workspaceId: other }, entry()), false);
  assert.equal(await knowledge.corpora.update(changed, entry()), true);
  assert.deepEqual(await knowledge.corpora.get(corpus.workspaceId, corpus.id), changed);
  assert.equal(await knowledge.corpora.remove(other, corpus.id, entry()), false);
  assert.deepEqual(await titles(corpus, 'haircut'), ['Prices']);
  assert.equal(await knowledge.corpora.remove(corpus.workspaceId, corpus.id, entry()), true);
  assert.deepEqual(await titles(corpus, 'haircut'), []);
  assert.equal(await knowledge.documents.get(corpus.workspaceId, corpus.id, document.id), undefined);
  assert.equal(await knowledge.documents.put(documentIn(corpus, 'Late'), { chunks: [] }, undefined, entry()), false);
});

test('a search finds what was uploaded, and nothing of another corpus or workspace', async () => {
  const mine = await newCorpus();
  const beside = await newCorpus(mine.workspaceId);
  const foreign = await newCorpus();
  await keep(mine, 'Hours', 'We are open from nine to five, closed on Sundays.');
  await keep(mine, 'Delivery', 'Deliveries take three days.');
  await keep(beside, 'Hours beside', 'This one is open on Sundays.');
  await keep(foreign, 'Hours abroad', 'Open on every Sunday.');
  assert.deepEqual(await titles(mine, 'Are you open on Sunday?'), ['Hours']);
  assert.deepEqual(await titles(mine, 'How long does delivery take?'), ['Delivery']);
  assert.deepEqual((await titles(mine, 'sunday', beside)).toSorted(), ['Hours', 'Hours beside']);
  // An agent may name a corpus of somebody else, or one that is none: it finds nothing there.
  assert.deepEqual(await titles(mine, 'sunday', foreign), ['Hours']);
  assert.deepEqual(await library.search(mine.workspaceId, [foreign.id], 'sunday', 10), []);
  assert.deepEqual(await library.search(mine.workspaceId, ['store-1', "' or 1=1 --"], 'sunday', 10), []);
});

test('the best comes first: more of the words, rarer words, shorter texts', async () => {
  const corpus = await newCorpus();
  const filler = 'The shop sells many things for the house and the garden. '.repeat(20);
  await keep(corpus, 'Filler', filler);
  await keep(corpus, 'Long', `${filler} The warranty of the lawnmower is two years. ${filler}`);
  await keep(corpus, 'Short', 'Lawnmower warranty: two years.');
  await keep(corpus, 'Once', 'A lawnmower costs 200 euros in the shop.');
  assert.deepEqual(await titles(corpus, 'lawnmower warranty'), ['Short', 'Long', 'Once']);
});

test('words are found without case, accents and plural endings, in any script', async () => {
  const corpus = await newCorpus();
  await keep(corpus, 'French', 'Les crêpes sont servies à l’étage.');
  await keep(corpus, 'German', 'Die Öffnungszeiten der Straßenbahn');
  await keep(corpus, 'Japanese', '営業時間は午前九時から午後五時までです。');
  await keep(corpus, 'Greek', 'Οι ώρες λειτουργίας');
  await keep(corpus, 'Hindi', 'हम रविवार को बंद हैं');
  await keep(corpus, 'English', "The children's policies");
  for (const [question, title] of [
    ['crepe', 'French'],
    ['ETAGE', 'French'],
    ['öffnungszeiten', 'German'],
    ['OFFNUNGSZEITEN', 'German'],
    ['営業時間', 'Japanese'],
    ['ωρες', 'Greek'],
    ['रविवार', 'Hindi'],
    ['policy', 'English'],
    ['children', 'English'],
  ] as const)
    assert.deepEqual(await titles(corpus, question), [title], question);
});

test('no character of a question is anything but a character', async () => {
  const corpus = await newCorpus();
  await keep(
    corpus,
    'Odd',
    'C++ and "quotes" cost $5; NEAR the end OR not: 50% of O\'Brien\'s e-mail a@b.example 1️⃣ 🎉',
  );
  for (const question of [
    ...[
      '"',
      '""quotes"',
      'quotes" OR words:*',
      'quotes AND (',
      "O'Brien",
      "o''brien",
      'quotes:*',
      '^quotes',
      'quotes*',
    ],
    ...[
      'NEAR(quotes, 5)',
      'quotes & !cost',
      "quotes'; drop table chunks; --",
      '\\quotes\\',
      '{corpus} : quotes',
      '-quotes',
    ],
    ...['a@b.example', '$5', '🎉 quotes', 'quotes\u0000', '\ud83d quotes', 'quotes <-> cost', 'corpus:quotes', '1️⃣'],
  ])
    assert.ok((await titles(corpus, question)).length <= 1, question);
  assert.deepEqual(await titles(corpus, 'quotes" OR words:*'), ['Odd']);
  for (const question of ['', ' ', '"', '🎉', '***', '()', "'", '?!', '\u0301', '\ufe0f'])
    assert.deepEqual(await titles(corpus, question), [], JSON.stringify(question));
  assert.deepEqual(await titles(corpus, 'quotes '.repeat(5000)), ['Odd']);
  const many = Array.from({ length: 2000 }, (_none, i) => `word${i}`).join(' ');
  assert.deepEqual(await titles(corpus, `quotes ${many}`), ['Odd']);
});

test('an upload under a known title swaps all chunks at once', async () => {
  const corpus = await newCorpus();
  const first = await keep(corpus, 'Menu', 'Soup of tomatoes', 'Salad of tomatoes', 'Cake');
  const stale = { ...first, version: 5 };
  assert.equal(await knowledge.documents.put(stale, { chunks: cut('Menu', 'Stale') }, 4, entry()), false);
  assert.equal((await titles(corpus, 'tomato')).length, 2);
  const second = { ...first, chunks: 1, version: 2, updatedAt: LATER };
  assert.equal(await knowledge.documents.put(second, { chunks: cut('Menu', 'Fish') }, 1, entry()), true);
  assert.deepEqual(await titles(corpus, 'tomato'), []);
  assert.deepEqual(await titles(corpus, 'fish'), ['Menu']);
  assert.deepEqual(await knowledge.documents.byTitle(corpus.workspaceId, corpus.id, 'Menu'), second);
  await assert.rejects(knowledge.documents.put(documentIn(corpus, 'Menu'), { chunks: [] }, undefined, entry()), {
    name: 'AlreadyThere',
  });
  // Whoever searches meanwhile sees the one or the other, never neither and never both.
  const versions = Array.from({ length: 20 }, (_none, i) => i + 2);
  const swaps = (async () => {
    for (const version of versions) {
      const chunks = cut('Menu', `Dish ${version} with fish`, `Drink ${version} with fish`);
      await knowledge.documents.put({ ...second, chunks: 2, version: version + 1 }, { chunks }, version, entry());
    }
  })();
  const seen: string[][] = [];
  for (let i = 0; i < 60; i += 1)
    seen.push(
      (await library.search(corpus.workspaceId, [corpus.id], 'fish', 10)).map(({ text }) => text.replace(/\D/g, '')),
    );
  await swaps;
  for (const versionsSeen of seen) assert.equal(new Set(versionsSeen).size, 1, JSON.stringify(versionsSeen));
});

test('a removed document is found no more; others stay', async () => {
  const corpus = await newCorpus();
  const document = await keep(corpus, 'One', 'apples');
  await keep(corpus, 'Two', 'apples');
  assert.equal(await knowledge.documents.remove(freshId(), corpus.id, document.id, entry()), false);
  assert.equal(await knowledge.documents.remove(corpus.workspaceId, freshId(), document.id, entry()), false);
  assert.equal(await knowledge.documents.remove(corpus.workspaceId, corpus.id, document.id, entry()), true);
  assert.deepEqual(await titles(corpus, 'apple'), ['Two']);
  assert.equal((await knowledge.documents.list(corpus.workspaceId, corpus.id, PAGE)).total, 1);
});

test('what waits to be read is claimed by one, and settled only as the version that was read', async () => {
  const corpus = await newCorpus();
  const waiting = documentIn(corpus, 'File.pdf', { state: 'processing', chunks: 0 });
  const source = Buffer.from([0, 255, 1, 2]);
  // Long ago, so that nobody else's documents come first.
  const due = '2000-01-01T00:00:00.000Z';
  await knowledge.documents.put(waiting, { source, nextAt: due }, undefined, entry());
  assert.equal(await knowledge.documents.anyDue(due), true);
  const claims = await Promise.all([1, 2, 3].map(() => knowledge.documents.claim(due, LATER)));
  const [claimed, ...others] = claims.filter((one) => one !== undefined);
  assert.deepEqual(others, []);
  assert.deepEqual(claimed, { ...waiting, source: Buffer.from(source), attempts: 1 });
  const { source: _source, attempts: _attempts, ...document } = claimed!;
  const ready = { ...document, state: 'ready' as const, chunks: 1 };
  const chunks = cut('File.pdf', 'Pears');
  assert.equal(await knowledge.documents.settle({ ...ready, version: 2 }, chunks, entry()), false);
  assert.equal(await knowledge.documents.settle(ready, chunks, entry()), true);
  assert.equal(await knowledge.documents.settle(ready, chunks, entry()), false);
  assert.deepEqual(await titles(corpus, 'pear'), ['File.pdf']);
  // A new upload fails: what was there is still found, and the failure is told.
  const again = { ...ready, state: 'processing' as const, version: 2 };
  await knowledge.documents.put(again, { source, nextAt: due }, 1, entry());
  assert.deepEqual(await titles(corpus, 'pear'), ['File.pdf']);
  const failed = { ...again, state: 'failed' as const, error: 'The file is damaged.' };
  assert.equal(await knowledge.documents.settle(failed, undefined, entry()), true);
  assert.deepEqual(await knowledge.documents.get(corpus.workspaceId, corpus.id, ready.id), failed);
  assert.deepEqual(await titles(corpus, 'pear'), ['File.pdf']);
});

test('with directions, what means the same is found without the same words, and ranks are put together', async () => {
  const corpus = await newCorpus();
  await keep(corpus, 'Dogs', 'Our hound is friendly.');
  await keep(corpus, 'Cars', 'The vehicle is fast.');
  const axes = [/dog|hound|puppy/i, /car|vehicle|van/i];
  const embedder: Embedder = {
    model: `test/${freshId()}`,
    embed: async (texts) => texts.map((text) => axes.map((axis) => (axis.test(text) ? 1 : 0))),
  };
  const ours = createLibrary(knowledge, embedder);
  const asked = async (question: string) =>
    (await ours.search(corpus.workspaceId, [corpus.id], question, 10)).map(({ title }) => title);
  assert.deepEqual(await asked('puppy'), []);
  for (;;) {
    const chunks = await knowledge.chunksToEmbed(embedder.model);
    if (chunks.length === 0) break;
    const vectors = await embedder.embed(chunks.map(({ text }) => text));
    assert.equal(await knowledge.saveEmbeddings(chunks, vectors, embedder.model), true);
  }
  assert.deepEqual(await asked('puppy'), ['Dogs']);
  assert.deepEqual(await asked('fast hound'), ['Dogs', 'Cars']);
  // Out of reach, words are still there; directions of another model are no directions.
  const broken = createLibrary(knowledge, { ...embedder, embed: () => Promise.reject(new Error('no')) });
  assert.equal((await broken.search(corpus.workspaceId, [corpus.id], 'fast', 10)).length, 1);
  const other = createLibrary(knowledge, { ...embedder, model: 'test/other' });
  assert.deepEqual(await other.search(corpus.workspaceId, [corpus.id], 'puppy', 10), []);
});
