/** The pure parts of knowledge: cutting, ranking, and what stands in the agent itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { questionWords, wordsOf } from '../lib/words.ts';
import { inlinePassages } from './inline.ts';
import { cosine, fuseRanks, rankByWords } from './ranking.ts';
import { CHUNK_SIZE, OVERLAP, splitText } from './reading/split-text.ts';

const bare = (text: string): string => text.replace(/\s+/g, '');
const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('\n', '\n\n', '\n\n# Heading\n', '. ', '。', '営業時間', '👩‍👩‍👧', ' '),
  fc.string({ minLength: CHUNK_SIZE / 2, maxLength: CHUNK_SIZE * 2 }),
);
const anyText = fc
  .array(fc.tuple(word, fc.nat({ max: 300 })))
  .map((parts) => parts.map(([w, n]) => w.repeat(w.length > 40 ? 1 : n)).join(''));

describe('chunks', () => {
  test('lose nothing but white space, and respect the limit', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const pieces = splitText(text);
        assert.equal(bare(pieces.map((piece) => piece.text.slice(piece.overlap)).join('')), bare(text));
        for (const [i, piece] of pieces.entries()) {
          assert.ok(piece.text.length <= CHUNK_SIZE, `${piece.text.length} characters`);
          assert.ok(piece.overlap <= OVERLAP + 1 && (i > 0 || piece.overlap === 0));
          assert.ok(piece.text.slice(piece.overlap).trim() !== '');
        }
      }),
      { numRuns: 200 },
    );
  });
  test('never split a surrogate pair', () => {
    for (const offset of [0, 1, 2, 3]) {
      const pieces = splitText('x'.repeat(offset) + '🎉'.repeat(CHUNK_SIZE * 2));
      assert.ok(pieces.length > 2);
      for (const { text, overlap } of pieces) {
        assert.ok(text.isWellFormed());
        assert.ok(text.slice(overlap).isWellFormed());
      }
    }
  });
  test('are the same every time, and a short text is one', () => {
    fc.assert(
      fc.property(anyText, (text) => assert.deepEqual(splitText(text), splitText(text))),
      { numRuns: 20 },
    );
    assert.deepEqual(splitText('Hello'), [{ text: 'Hello', overlap: 0 }]);
    assert.deepEqual(splitText(' \n '), []);
  });
  test('end before a heading, else after a paragraph, a line, a sentence, a word', () => {
    const filler = (n: number) => 'word '.repeat(n).trim();
    const withHeading = `${filler(600)}\n\n# Second\n\n${filler(400)}`;
    assert.ok(splitText(withHeading)[1]!.text.includes('# Second'));
    assert.ok(!splitText(withHeading)[0]!.text.includes('# Second'));
    for (const border of ['\n\n', '\n', '. ']) {
      const [first, second] = splitText(`${filler(600)}${border}Then ${filler(600)}`);
      assert.ok(!first!.text.includes('Then'), JSON.stringify(border));
      assert.match(second!.text.slice(second!.overlap), /^\s*Then/);
    }
  });
  test('start with the end of the one before, from the start of a sentence', () => {
    const sentence = 'This is a sentence of some length, which is repeated. ';
    const [, second] = splitText(sentence.repeat(200));
    assert.ok(second!.overlap > 0 && second!.overlap <= OVERLAP);
    assert.match(second!.text, /^This is/);
  });
});

describe('words', () => {
  test('are normalised', () => {
    assert.deepEqual(wordsOf("The Café's PRICES, l’été"), ['the', 'cafe', 'pric', 'l', 'ete']);
    assert.deepEqual(wordsOf('boxes dishes classes policies tomatoes bus'), [
      'box',
      'dish',
      'class',
      'policy',
      'tomato',
      'bus',
    ]);
    assert.deepEqual(wordsOf('営業時間'), ['営業', '業時', '時間']);
    assert.deepEqual(wordsOf('🎉 ❤️ "*()"'), []);
  });
  test('have no character that an index could interpret', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        for (const one of wordsOf(text)) assert.match(one, /^[\p{L}\p{N}\p{M}]{1,64}$/u);
      }),
    );
  });
  test('of a question are its distinct words without common ones', () => {
    assert.deepEqual(questionWords('What are your opening hours, and opening days?'), ['opening', 'hour', 'day']);
    assert.deepEqual(questionWords('Who are you?'), []);
    assert.deepEqual(questionWords('The Who'), ['the', 'who']);
  });
});

describe('ranks', () => {
  const passages = (...texts: string[]) => texts.map((text) => ({ text, words: wordsOf(text).join(' ') }));
  const order = (question: string, ...texts: string[]) =>
    rankByWords(questionWords(question), passages(...texts)).map(({ item }) => item.text);
  test('prefer more of the words, rarer words and shorter texts', () => {
    assert.deepEqual(order('red apple', 'apple pear', 'red apple', 'red plum red'), [
      'red apple',
      'red plum red',
      'apple pear',
    ]);
    assert.deepEqual(order('red apple', 'red pear', 'apple pear', 'red plum', 'red fig')[0], 'apple pear');
    assert.deepEqual(order('apple', 'plum'), []);
    assert.deepEqual(order('apple'), []);
    assert.equal(order('apple', `apple ${'filler '.repeat(50)}`, 'apple')[0], 'apple');
  });
  test('keep the order of equal scores', () => {
    assert.deepEqual(order('apple', 'apple one', 'apple two'), ['apple one', 'apple two']);
  });
  test('of several rankings are fused', () => {
    const both = fuseRanks(
      [
        ['a', 'b', 'c'],
        ['c', 'b'],
      ],
      (one) => one,
    );
    assert.deepEqual(
      both.map(({ item }) => item),
      ['c', 'b', 'a'],
    );
    assert.deepEqual(fuseRanks([], String), []);
  });
  test('by meaning are cosine similarities', () => {
    assert.equal(cosine([1, 0], new Float32Array([2, 0])), 1);
    assert.equal(cosine([1, 0], new Float32Array([0, 1])), 0);
    assert.equal(cosine([0, 0], new Float32Array([0, 1])), 0);
  });
});

describe('inline knowledge', () => {
  const shown = (knowledge: Record<string, unknown>) =>
    inlinePassages(knowledge).map(({ title, text }) => [title, text]);
  test('is a passage for each top-level key', () => {
    assert.deepEqual(
      shown({
        hours: 'Nine to five',
        prices: { cut: 30, colour: { short: 50, long: 70 } },
        brands: ['A', 'B'],
        nothing: null,
        empty: {},
      }),
      [
        ['hours', 'Nine to five'],
        ['prices', 'cut: 30\ncolour › short: 50\ncolour › long: 70'],
        ['brands', 'A, B'],
      ],
    );
  });
  test('is a passage for each item of a list of objects', () => {
    assert.deepEqual(
      shown({ faq: [{ question: 'Dogs?', answer: 'Yes' }, { question: 'Cats?', answer: 'No' }, 'Ask us'] }),
      [
        ['faq › 1', 'question: Dogs?\nanswer: Yes'],
        ['faq › 2', 'question: Cats?\nanswer: No'],
        ['faq › 3', 'Ask us'],
      ],
    );
  });
  test('is split where it is long, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 5, values: [fc.string(), fc.integer(), fc.boolean()] }), (knowledge) => {
        const all = inlinePassages(knowledge as Record<string, unknown>)
          .map(({ text }) => text)
          .join('\n');
        for (const text of leaves(knowledge)) assert.ok(bare(all).includes(bare(text)), text);
      }),
    );
    const long = Object.fromEntries(Array.from({ length: 40 }, (_none, i) => [`topic ${i}`, 'fact '.repeat(50)]));
    assert.equal(inlinePassages({ all: long }).length, 40);
  });
});

function leaves(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return value === undefined || value === null ? [] : [String(value)];
  return Object.values(value).flatMap(leaves);
}
