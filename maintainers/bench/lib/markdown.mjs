/** Renders a Markdown table. Prettier aligns its columns later. */
export const table = (head, rows) =>
  [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** Formats a number for a reader: `1,234`, `12.3`, `0.95`. */
export const number = (value) => {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
};

export const milliseconds = (value) => `${number(value)} ms`;

export const percent = (share) => `${Math.round(share * 100)} %`;

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. Throws without them. */
export const replaceBlock = (text, name, content) => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`No block ${begin} found`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
};
