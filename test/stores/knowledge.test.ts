/** The knowledge store, and searches on it, on the engine of this run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chunk, Corpus, CorpusDocument, Embedder } from '../../src/knowledge/knowledge.ts';
import { chunksOfText } from '../../src/knowledge/reading/document-chunks.ts';
import { createLibrary } from '../../src/knowledge/search.ts';
import { AT, entry, freshId, openTestStore } from './workspace.ts';

const { knowledge } = await openTestStore();
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
const chunksOf = (title: string, ...texts: string[]): Chunk[] => texts.flatMap((text) => chunksOfText(title, text));

const addDocument = async (corpus: Corpus, title: string, ...texts: string[]): Promise<CorpusDocument> => {
  const chunks = chunksOf(title, ...texts);
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

test('a corpus is stored, changed and removed in its own workspace, with its documents', async () => {
  const corpus = await newCorpus();
  const other = freshId();
  const document = await addDocument(corpus, 'Prices', 'A haircut is 30 euros.');
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
  await addDocument(mine, 'Hours', 'We are open from nine to five, closed on Sundays.');
  await addDocument(mine, 'Delivery', 'Deliveries take three days.');
  await addDocument(beside, 'Hours beside', 'This one is open on Sundays.');
  await addDocument(foreign, 'Hours abroad', 'Open on every Sunday.');
  assert.deepEqual(await titles(mine, 'Are you open on Sunday?'), ['Hours']);
  assert.deepEqual(await titles(mine, 'How long does delivery take?'), ['Delivery']);
  assert.deepEqual((await titles(mine, 'sunday', beside)).toSorted(), ['Hours', 'Hours beside']);
  // An agent may name a corpus of another workspace, or an id that is no UUID: it finds nothing there.
  assert.deepEqual(await titles(mine, 'sunday', foreign), ['Hours']);
  assert.deepEqual(await library.search(mine.workspaceId, [foreign.id], 'sunday', 10), []);
  assert.deepEqual(await library.search(mine.workspaceId, ['store-1', "' or 1=1 --"], 'sunday', 10), []);
});

test('the best comes first: more of the words, rarer words, shorter texts', async () => {
  const corpus = await newCorpus();
  const filler = 'The shop sells many things for the home and the garden. '.repeat(20);
  await addDocument(corpus, 'Filler', filler);
  await addDocument(corpus, 'Long', `${filler} The warranty of the lawnmower is two years. ${filler}`);
  await addDocument(corpus, 'Short', 'Lawnmower warranty: two years.');
  await addDocument(corpus, 'Once', 'A lawnmower costs 200 euros in the shop.');
  assert.deepEqual(await titles(corpus, 'lawnmower warranty'), ['Short', 'Long', 'Once']);
});

test('words are found without case, accents and plural endings, in any script', async () => {
  const corpus = await newCorpus();
  await addDocument(corpus, 'French', 'Les crêpes sont servies à l’étage.');
  await addDocument(corpus, 'German', 'Die Öffnungszeiten der Straßenbahn');
  await addDocument(corpus, 'Japanese', '営業時間は午前九時から午後五時までです。');
  await addDocument(corpus, 'Greek', 'Οι ώρες λειτουργίας');
  await addDocument(corpus, 'Hindi', 'हम रविवार को बंद हैं');
  await addDocument(corpus, 'English', "The children's policies");
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

test('characters of a question have no special meaning', async () => {
  const corpus = await newCorpus();
  await addDocument(
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

test('an upload under a known title replaces all chunks at once', async () => {
  const corpus = await newCorpus();
  const first = await addDocument(corpus, 'Menu', 'Soup of tomatoes', 'Salad of tomatoes', 'Cake');
  const stale = { ...first, version: 5 };
  assert.equal(await knowledge.documents.put(stale, { chunks: chunksOf('Menu', 'Stale') }, 4, entry()), false);
  assert.equal((await titles(corpus, 'tomato')).length, 2);
  const second = { ...first, chunks: 1, version: 2, updatedAt: LATER };
  assert.equal(await knowledge.documents.put(second, { chunks: chunksOf('Menu', 'Fish') }, 1, entry()), true);
  assert.deepEqual(await titles(corpus, 'tomato'), []);
  assert.deepEqual(await titles(corpus, 'fish'), ['Menu']);
  assert.deepEqual(await knowledge.documents.byTitle(corpus.workspaceId, corpus.id, 'Menu'), second);
  await assert.rejects(knowledge.documents.put(documentIn(corpus, 'Menu'), { chunks: [] }, undefined, entry()), {
    name: 'AlreadyThere',
  });
  // A concurrent search sees one version, never none and never both.
  const versions = Array.from({ length: 20 }, (_none, i) => i + 2);
  const swaps = (async () => {
    for (const version of versions) {
      const chunks = chunksOf('Menu', `Dish ${version} with fish`, `Drink ${version} with fish`);
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

test('a removed document is not found any more; others stay', async () => {
  const corpus = await newCorpus();
  const document = await addDocument(corpus, 'One', 'apples');
  await addDocument(corpus, 'Two', 'apples');
  assert.equal(await knowledge.documents.remove(freshId(), corpus.id, document.id, entry()), false);
  assert.equal(await knowledge.documents.remove(corpus.workspaceId, freshId(), document.id, entry()), false);
  assert.equal(await knowledge.documents.remove(corpus.workspaceId, corpus.id, document.id, entry()), true);
  assert.deepEqual(await titles(corpus, 'apple'), ['Two']);
  assert.equal((await knowledge.documents.list(corpus.workspaceId, corpus.id, PAGE)).total, 1);
});

test('a document to read is claimed once, and settled only in the version that was read', async () => {
  const corpus = await newCorpus();
  const waiting = documentIn(corpus, 'File.pdf', { state: 'processing', chunks: 0 });
  const source = Buffer.from([0, 255, 1, 2]);
  // An early time, so that documents of other tests do not come first.
  const due = '2000-01-01T00:00:00.000Z';
  await knowledge.documents.put(waiting, { source, nextAt: due }, undefined, entry());
  assert.equal(await knowledge.documents.anyDue(due), true);
  const claims = await Promise.all([1, 2, 3].map(() => knowledge.documents.claim(due, LATER)));
  const [claimed, ...others] = claims.filter((one) => one !== undefined);
  assert.deepEqual(others, []);
  assert.deepEqual(claimed, { ...waiting, source: Buffer.from(source), attempts: 1 });
  const { source: _source, attempts: _attempts, ...document } = claimed!;
  const ready = { ...document, state: 'ready' as const, chunks: 1 };
  const chunks = chunksOf('File.pdf', 'Pears');
  assert.equal(await knowledge.documents.settle({ ...ready, version: 2 }, chunks, entry()), false);
  assert.equal(await knowledge.documents.settle(ready, chunks, entry()), true);
  assert.equal(await knowledge.documents.settle(ready, chunks, entry()), false);
  assert.deepEqual(await titles(corpus, 'pear'), ['File.pdf']);
  // After a failed upload the old chunks are still found, and the document has the error.
  const again = { ...ready, state: 'processing' as const, version: 2 };
  await knowledge.documents.put(again, { source, nextAt: due }, 1, entry());
  assert.deepEqual(await titles(corpus, 'pear'), ['File.pdf']);
  const failed = { ...again, state: 'failed' as const, error: 'The file is damaged.' };
  assert.equal(await knowledge.documents.settle(failed, undefined, entry()), true);
  assert.deepEqual(await knowledge.documents.get(corpus.workspaceId, corpus.id, ready.id), failed);
  assert.deepEqual(await titles(corpus, 'pear'), ['File.pdf']);
});

test('with embeddings, passages are found by meaning, and the ranks are fused', async () => {
  const corpus = await newCorpus();
  await addDocument(corpus, 'Dogs', 'Our hound is friendly.');
  await addDocument(corpus, 'Cars', 'The vehicle is fast.');
  const axes = [/dog|hound|puppy/i, /car|vehicle|van/i];
  const embedder: Embedder = {
    model: `test/${freshId()}`,
    embed: async (texts) => texts.map((text) => axes.map((axis) => (axis.test(text) ? 1 : 0))),
  };
  const embedding = createLibrary(knowledge, embedder);
  const titlesFor = async (question: string) =>
    (await embedding.search(corpus.workspaceId, [corpus.id], question, 10)).map(({ title }) => title);
  assert.deepEqual(await titlesFor('puppy'), []);
  for (;;) {
    const chunks = await knowledge.chunksToEmbed(embedder.model);
    if (chunks.length === 0) break;
    const vectors = await embedder.embed(chunks.map(({ text }) => text));
    assert.equal(await knowledge.saveEmbeddings(chunks, vectors, embedder.model), true);
  }
  assert.deepEqual(await titlesFor('puppy'), ['Dogs']);
  assert.deepEqual(await titlesFor('fast hound'), ['Dogs', 'Cars']);
  // Without the embedding model, searches use words; vectors of another model are ignored.
  const broken = createLibrary(knowledge, { ...embedder, embed: () => Promise.reject(new Error('no')) });
  assert.equal((await broken.search(corpus.workspaceId, [corpus.id], 'fast', 10)).length, 1);
  const other = createLibrary(knowledge, { ...embedder, model: 'test/other' });
  assert.deepEqual(await other.search(corpus.workspaceId, [corpus.id], 'puppy', 10), []);
});
