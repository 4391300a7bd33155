/**
 * The built-in demo model. It follows simple rules, is deterministic, needs no network, and says that it is a demo. It
 * uses what the agent has: instructions, data, passages and tools. It cannot judge, so it has no `judge`.
 */
import type { OfferedTool, ToolCall } from '../../conversations/conversation.ts';
import type { LanguageModel, ModelPart, ModelRequest } from '../../conversations/ports.ts';
import type { ModelMessage } from '../../conversations/prompt.ts';
import { argumentsFrom } from './demo-arguments.ts';
import { keywords, leaves, overlap, readSystem, type SystemContent, sentence, words } from './demo-reading.ts';

export const DEMO_MODEL = 'parlance/demo';
export const DEMO_NOTICE = 'I am the built-in demo model: I follow simple rules and no language model is behind me.';

export interface Reply {
  text: string;
  calls: ToolCall[];
}

export const demo: LanguageModel = {
  async *answer(request): AsyncGenerator<ModelPart> {
    const { text, calls } = reply(request);
    const { stopSequences = [], maxOutputTokens = Number.POSITIVE_INFINITY } = request;
    const stops = stopSequences.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    const all = text.slice(0, Math.min(...stops, text.length)).match(/\S+\s*/g) ?? [];
    // The demo model has no tokenizer, so it counts words.
    const pieces = all.slice(0, maxOutputTokens);
    for (const piece of pieces) {
      request.signal.throwIfAborted();
      yield { type: 'delta', text: piece };
    }
    for (const call of calls) yield { type: 'call', call };
    const messageWords = request.messages.reduce((sum, message) => sum + words(message.text).length, 0);
    const usage = { input: words(request.system).length + messageWords, output: pieces.length };
    yield { type: 'done', usage, model: DEMO_MODEL, ...(pieces.length < all.length && { limited: true }) };
  },
};

/** The whole answer to a request; equal requests get equal answers. */
export function reply(request: Pick<ModelRequest, 'system' | 'messages' | 'tools'>): Reply {
  const { messages } = request;
  const answer = answerTo(request);
  const isFirst = !messages.some(({ role, text }) => role === 'assistant' && text.includes(DEMO_NOTICE));
  return isFirst ? { ...answer, text: [DEMO_NOTICE, answer.text].filter(Boolean).join(' ') } : answer;
}

const FAREWELL =
  /\b(good ?bye|bye|farewell|see you|that(?:'s| is) all|hang up|auf wiedersehen|tschüss|au revoir|adiós)\b/i;
const HANDED_OVER = /^Handed over to .+\.$/;

function answerTo({ system, messages, tools }: Pick<ModelRequest, 'system' | 'messages' | 'tools'>): Reply {
  const content = readSystem(system);
  const question = messages.findLast(({ role }) => role === 'user')?.text ?? '';
  const textOnly = (text: string): Reply => ({ text, calls: [] });
  const results = resultsOf(messages);
  if (results.length > 0) {
    if (results.some(({ toolName }) => tools.some((tool) => tool.name === toolName && isEnd(tool))))
      return textOnly('Goodbye.');
    const reports = results.filter(({ text }) => !HANDED_OVER.test(text)).map(report);
    return textOnly(reports.length > 0 ? reports.join(' ') : inform(content, question));
  }
  const call = ({ name, inputSchema }: OfferedTool): Reply => {
    const id = `demo-${messages.length}`;
    return { text: '', calls: [{ id, name, input: argumentsFrom(inputSchema, question) }] };
  };
  if (FAREWELL.test(question)) {
    const end = tools.find(isEnd);
    return end ? call(end) : textOnly('Goodbye.');
  }
  const tool = toolFor(question, tools);
  return tool ? call(tool) : textOnly(inform(content, question));
}

type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

/** The tool results at the end of the transcript. */
function resultsOf(messages: readonly ModelMessage[]): ToolMessage[] {
  const from = messages.findLastIndex(({ role }) => role !== 'tool') + 1;
  return messages.slice(from).filter((message): message is ToolMessage => message.role === 'tool');
}

function report({ toolName, text }: ToolMessage): string {
  const result = text.trim() === '' ? 'nothing' : text.trim();
  return `${toolName} answered: ${result.length > 500 ? `${result.slice(0, 499)}…` : result}`;
}

const isEnd = ({ source, builtin, name }: OfferedTool): boolean =>
  source === 'builtin' && (builtin ?? name) === 'end_conversation';

/** Words in the names of hand-offs that say nothing about the target. */
const HANDOFF_WORDS = new Set(['agent', 'hand', 'handoff', 'handover', 'off', 'over', 'to', 'transfer']);

/** The tool that the question is about: it has the tool's name, all words of the name, or two of the description. */
export function toolFor(question: string, tools: readonly OfferedTool[]): OfferedTool | undefined {
  const topics = keywords(question);
  const score = (tool: OfferedTool): number => {
    if (new RegExp(`(?<![\\w-])${tool.name}(?![\\w-])`, 'i').test(question)) return 100;
    const isHandoff = tool.source === 'handoff';
    const names = isHandoff ? [tool.name, /over to (.+?)\./.exec(tool.description)?.[1] ?? ''] : [tool.name];
    for (const name of names.map(words)) {
      const significant = name.filter((word) => !isHandoff || !HANDOFF_WORDS.has(word));
      if (significant.length > 0 && overlap(significant, question) === significant.length)
        return 50 + significant.length;
    }
    if (isHandoff || isEnd(tool)) return 0;
    const described = overlap(topics, tool.description);
    return described >= 2 ? described : 0;
  };
  const ranked = tools.map((tool) => ({ tool, points: score(tool) })).sort((a, b) => b.points - a.points);
  const [best] = ranked;
  return best && best.points > 0 ? best.tool : undefined;
}

/** The fact or passage that fits the question, else the first sentence of the instructions. */
function inform({ instructions, data, passages }: SystemContent, question: string): string {
  const topics = keywords(question);
  const [passage] = passages
    .map(({ title, text }) => ({ title, text, points: overlap(topics, `${title} ${text}`) }))
    .sort((a, b) => b.points - a.points);
  const [fact] = data
    .flatMap(([, values]) => leaves(values))
    .map(({ path, value }) => ({ path, value, points: pointsOf(path.at(-1)!, question) }))
    .sort((a, b) => b.points - a.points);
  if (fact && fact.points > 0 && fact.points >= (passage?.points ?? 0))
    return `${fact.path.join('.')}: ${typeof fact.value === 'string' ? fact.value : JSON.stringify(fact.value)}`;
  if (passage && passage.points > 0) return `From “${passage.title}”: “${excerpt(passage.text)}”`;
  const gist = sentence(instructions);
  return gist === '' ? 'I have not been given any instructions.' : `I am set up to: ${gist}`;
}

/** A key fits where the question has all of its words. */
function pointsOf(key: string, question: string): number {
  const named = words(key);
  return named.length > 0 && overlap(named, question) === named.length ? named.length : 0;
}

const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 600 ? `${line.slice(0, 599)}…` : line;
};
