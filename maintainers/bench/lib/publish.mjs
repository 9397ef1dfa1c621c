import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { ROOT } from './apps.mjs';
import { writeCapacity } from './capacity.mjs';
import { drawChart } from './chart.mjs';
import { replaceBlock } from './markdown.mjs';
import { progress } from './progress.mjs';
import { writeReport, writeSummary } from './report.mjs';

const writeFormatted = async (file, text) => {
  const options = await prettier.resolveConfig(file);
  writeFileSync(file, await prettier.format(text, { ...options, filepath: file }));
};

const rewrite = async (file, blocks) => {
  let text = readFileSync(file, 'utf8');
  for (const [name, content] of Object.entries(blocks)) text = replaceBlock(text, name, content);
  await writeFormatted(file, text);
};

/** Writes the report: a whole run where it is read, any other out of the way. */
export const publish = async (results, { isWhole }) => {
  const report = writeReport(results);
  const folder = path.join(ROOT, ...(isWhole ? ['maintainers', 'bench'] : ['.tmp', 'bench']));
  mkdirSync(folder, { recursive: true });
  const readme = path.join(folder, 'README.md');

  await writeFormatted(path.join(folder, 'results.json'), JSON.stringify(results));
  writeFileSync(path.join(folder, 'chart.svg'), drawChart(results));
  if (isWhole) {
    await rewrite(readme, { report });
    await rewrite(path.join(ROOT, 'README.md'), { summary: writeSummary(results) });
    await rewrite(path.join(ROOT, 'docs', 'scaling.md'), writeCapacity(results));
  } else {
    await writeFormatted(readme, `# Benchmark, partial run\n\n${report}\n`);
  }

  console.log(`\n${readFileSync(readme, 'utf8')}`);
  progress(`Written to ${path.relative(ROOT, folder)}${path.sep}`);
};
