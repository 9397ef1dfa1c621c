import { number } from './markdown.mjs';
import { VARIANTS } from './variants.mjs';

const WIDTH = 760;
const LABELS = 300;
const VALUES = 70;
const ROW = 26;
const BAR = 16;
const TOP = 44;

const COLOURS = { strapi: '#8e8ea9', stateless: '#c0c0cf', floor: '#eaeaef', update: '#eaeaef' };
const OWN_COLOUR = '#4945ff';

/** The bars of a load: each variant with an empty and with a full table. */
const barsOf = (load, results, rows) =>
  Object.keys(VARIANTS).flatMap((variant) => {
    const { name } = VARIANTS[variant];
    const figures = results[variant] ?? {};
    return [
      { variant, label: name, figures: figures[load] },
      { variant, label: `${name}, ${number(rows)} rows`, figures: figures[`${load}Full`] },
    ].filter((bar) => bar.figures);
  });

/** What the chart shows from top to bottom: headings, and the bars below each. */
const linesOf = ({ postgres, sqlite }, { rows }) =>
  [
    ['Refreshes, PostgreSQL', 'refresh', postgres],
    ['GET /api/users/me, PostgreSQL', 'account', postgres],
    ['GET /api/photos, PostgreSQL', 'photos', postgres],
    ['Refreshes, SQLite', 'refresh', sqlite],
  ].flatMap(([heading, load, results]) =>
    results ? [{ heading }, ...barsOf(load, results, rows)] : [],
  );

const renderHeading = (heading, y) =>
  `  <text x="${LABELS}" y="${y + BAR - 3}" font-weight="600">${heading}</text>`;

const renderBar = ({ variant, label, figures: { perSecond } }, y, highest) => {
  const width = Math.max(1, (perSecond / highest) * (WIDTH - LABELS - VALUES));
  const baseline = y + BAR - 3;
  const colour = COLOURS[variant] ?? OWN_COLOUR;
  return [
    `  <text x="${LABELS - 10}" y="${baseline}" text-anchor="end">${label}</text>`,
    `  <rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>`,
    `  <text x="${(LABELS + width + 8).toFixed(1)}" y="${baseline}">${number(perSecond)}</text>`,
  ].join('\n');
};

/** Renders refreshes and requests per second as an SVG bar chart. */
export const renderChart = ({ figures, settings, date }) => {
  const lines = linesOf(figures, settings);
  const highest = Math.max(...lines.map((line) => line.figures?.perSecond ?? 0));
  const height = TOP + lines.length * ROW + 10;
  const title = `Per second, ${settings.clients} clients, ${date}`;
  const rendered = lines.map((line, index) => {
    const y = TOP + index * ROW;
    return line.heading ? renderHeading(line.heading, y) : renderBar(line, y, highest);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#32324d">
  <title>${title}</title>
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="16" y="28" font-size="16" font-weight="600">${title}</text>
${rendered.join('\n')}
</svg>
`;
};
