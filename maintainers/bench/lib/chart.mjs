import { number } from './markdown.mjs';

const WIDTH = 760;
const LABELS = 250;
const VALUES = 70;
const ROW = 30;
const BAR = 18;
const TOP = 56;

const COLOURS = { project: '#4945ff', strapi: '#8e8ea9', stateless: '#c0c0cf', floor: '#eaeaef' };

const barsOf = ({ postgres, sqlite }, rows) => {
  const bars = [];
  const add = (variant, label, figures) => {
    if (figures) bars.push({ variant, label, perSecond: figures.perSecond });
  };
  const { project, strapi, stateless, floor } = postgres ?? {};
  add('project', 'This project', project?.refresh);
  add('project', `This project, ${number(rows)} rows`, project?.refreshFull);
  add('strapi', "Strapi's own mode", strapi?.refresh);
  add('strapi', `Strapi's own mode, ${number(rows)} rows`, strapi?.refreshFull);
  add('stateless', "Tutorial's stateless flow", stateless?.refresh);
  add('floor', 'Floor: no database', floor?.refresh);
  add('project', 'This project, SQLite', sqlite?.project.refresh);
  add('strapi', "Strapi's own mode, SQLite", sqlite?.strapi.refresh);
  return bars;
};

const renderBar = ({ variant, label, perSecond }, index, highest) => {
  const y = TOP + index * ROW;
  const width = Math.max(1, (perSecond / highest) * (WIDTH - LABELS - VALUES));
  const baseline = y + BAR - 4;
  return [
    `  <text x="${LABELS - 10}" y="${baseline}" text-anchor="end">${label}</text>`,
    `  <rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${COLOURS[variant]}"/>`,
    `  <text x="${(LABELS + width + 8).toFixed(1)}" y="${baseline}">${number(perSecond)}</text>`,
  ].join('\n');
};

/** Renders the refreshes per second as an SVG bar chart. */
export const renderChart = ({ figures, settings, date }) => {
  const bars = barsOf(figures, settings.rows);
  const highest = Math.max(...bars.map(({ perSecond }) => perSecond));
  const height = TOP + bars.length * ROW + 10;
  const title = `Refreshes per second, ${settings.clients} clients, ${date}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#32324d">
  <title>${title}</title>
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="16" y="30" font-size="16" font-weight="600">${title}</text>
${bars.map((bar, index) => renderBar(bar, index, highest)).join('\n')}
</svg>
`;
};
