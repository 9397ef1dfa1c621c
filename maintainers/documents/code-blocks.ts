import { fromMarkdown } from 'mdast-util-from-markdown';
import type { Code, Html, Root, RootContent } from 'mdast';

/** What a comment says about one code block or about all code blocks of a page. */
export interface Mark {
  readonly kind: 'tested' | 'copied from' | 'not run';
  /** The files that the comment names, relative to the project. Empty for `not run`. */
  readonly files: readonly string[];
}

/** A fenced code block of a Markdown page. */
export interface CodeBlock {
  readonly line: number;
  readonly text: string;
  /** From the comment directly before the block, or else from the one of the page. */
  readonly mark: Mark | undefined;
}

const MARK = /^<!-- (tested|copied from|code|not run): (\S[^]*?) -->$/;
const PAGE_MARK = /^<!-- code blocks tested: (\S[^]*?) -->$/;

const filesOf = (list: string): string[] => list.split(/,\s*/);

const markOf = ({ value }: Html): Mark | undefined => {
  const [, kind, text = ''] = MARK.exec(value) ?? [];
  if (kind === undefined) return undefined;
  if (kind === 'not run') return { kind, files: [] };
  // `code` is the comment by which `clients-docs` fills a block with a file.
  return { kind: kind === 'tested' ? kind : 'copied from', files: filesOf(text) };
};

const pageMarkOf = (nodes: readonly RootContent[]): Mark | undefined => {
  const firstCode = nodes.findIndex(({ type }) => type === 'code');
  const comments = nodes.slice(0, firstCode).filter((node) => node.type === 'html');
  const [, list] = comments.map(({ value }) => PAGE_MARK.exec(value) ?? []).flat();
  return list === undefined ? undefined : { kind: 'tested', files: filesOf(list) };
};

const isFenced = (page: string, { position }: Code): boolean =>
  /^[`~]/.test(page.slice(position?.start.offset));

/** Reads the fenced code blocks of a page, also those in lists. */
export const codeBlocksOf = (page: string): CodeBlock[] => {
  const root: Root = fromMarkdown(page);
  const pageMark = pageMarkOf(root.children);

  const blocksIn = (nodes: readonly RootContent[]): CodeBlock[] =>
    nodes.flatMap((node, index): CodeBlock[] => {
      if ('children' in node) return blocksIn(node.children as RootContent[]);
      if (node.type !== 'code' || !isFenced(page, node)) return [];
      const previous = nodes[index - 1];
      const mark = previous?.type === 'html' ? markOf(previous) : undefined;
      const line = node.position?.start.line ?? 0;
      return [{ line, text: node.value, mark: mark ?? pageMark }];
    });

  return blocksIn(root.children);
};
