import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { ROOT } from './apps.mjs';
import { writeCapacity } from './capacity.mjs';
import { renderChart } from './chart.mjs';
import { replaceBlock } from './markdown.mjs';
import { progress } from './progress.mjs';
import { renderReport, renderSummary } from './report.mjs';

const writeFormatted = async (file, text) => {
  const options = await prettier.resolveConfig(file);
  writeFileSync(file, await prettier.format(text, { ...options, filepath: file }));
};

const replaceBlocks = async (file, blocks) => {
  let text = readFileSync(file, 'utf8');
  for (const [name, content] of Object.entries(blocks))
    text = replaceBlock(text, `bench:${name}`, content);
  await writeFormatted(file, text);
};

/** Writes the report: that of a whole run into the documents, any other into `.tmp/bench`. */
export const publish = async (results, { isWhole }) => {
  const report = renderReport(results);
  const folder = path.join(ROOT, ...(isWhole ? ['maintainers', 'bench'] : ['.tmp', 'bench']));
  mkdirSync(folder, { recursive: true });
  const readme = path.join(folder, 'README.md');

  await writeFormatted(path.join(folder, 'results.json'), JSON.stringify(results));
  writeFileSync(path.join(folder, 'chart.svg'), renderChart(results));
  if (isWhole) {
    await replaceBlocks(readme, { report });
    await replaceBlocks(path.join(ROOT, 'README.md'), { summary: renderSummary(results) });
    await replaceBlocks(path.join(ROOT, 'docs', 'scaling.md'), writeCapacity(results));
  } else {
    await writeFormatted(readme, `# Benchmark, partial run\n\n${report}\n`);
  }

  console.log(`\n${readFileSync(readme, 'utf8')}`);
  progress(`Written to ${path.relative(ROOT, folder)}${path.sep}`);
};
