/** The fenced blocks of a Markdown page, and what the runner does with each of them. */

/** What is run, what is compared with the last answer, what the server's own configuration reader checks, and the rest. */
const LANGUAGES = {
  sh: 'run',
  js: 'run',
  python: 'run',
  json: 'compare',
  env: 'configure',
  text: 'show',
  http: 'show',
} as const;

export type Language = keyof typeof LANGUAGES;
export type Use = (typeof LANGUAGES)[Language];

export interface Block {
  /** The line of the opening fence, counted from 1. */
  line: number;
  language: Language;
  use: Use;
  text: string;
  /** Why the block is not run. */
  noRun: string | undefined;
  /** The status that the block's last request is answered with, where that is a failure. */
  answers: number | undefined;
}

const isLanguage = (name: string): name is Language => Object.hasOwn(LANGUAGES, name);

/** Reads a page. Throws an error that names the line where a fence is not one that the runner knows. */
export function readBlocks(page: string): Block[] {
  const blocks: Block[] = [];
  let open: (Block & { lines: string[] }) | undefined;
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^(\s*)```(.*)$/.exec(line);
    if (!fence) {
      open?.lines.push(line);
      continue;
    }
    const [, indent = '', info = ''] = fence;
    if (open) {
      const { lines, ...block } = open;
      blocks.push({ ...block, text: `${lines.join('\n')}\n` });
      open = undefined;
    } else open = { ...readFence(index + 1, indent, info), lines: [] };
  }
  if (open) throw new Error(`line ${open.line}: the block is not closed`);
  return blocks;
}

function readFence(line: number, indent: string, info: string): Block {
  if (indent !== '') throw new Error(`line ${line}: write the fence at the beginning of the line`);
  const [, language = '', option = '', value = ''] = /^(\S*)\s*(?:(no-run|answers): (.+))?$/.exec(info) ?? [];
  if (!isLanguage(language))
    throw new Error(`line ${line}: a block is one of ${Object.keys(LANGUAGES).join(', ')}, not "${info}"`);
  const use = LANGUAGES[language];
  if (option !== '' && use !== 'run') throw new Error(`line ${line}: only a block that is run takes "${option}"`);
  if (option === 'answers' && !/^[45]\d\d$/.test(value))
    throw new Error(`line ${line}: "answers" takes the status of a failure, not "${value}"`);
  return {
    line,
    language,
    use: option === 'no-run' ? 'show' : use,
    text: '',
    noRun: option === 'no-run' ? value : undefined,
    answers: option === 'answers' ? Number(value) : undefined,
  };
}
