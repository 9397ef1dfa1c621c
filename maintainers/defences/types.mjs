import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { sourceWithout } from './defences.mjs';

const projectRoot = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Splits defences into groups in which each file occurs once, so that one program checks many. */
const groupsOf = (defences) => {
  const groups = [];
  for (const defence of defences) {
    const fitting = groups.find((group) => !group.some(({ file }) => file === defence.file));
    if (fitting) fitting.push(defence);
    else groups.push([defence]);
  }
  return groups;
};

/**
 * Says which defences leave code without them that does not compile: a test would fail for that, and seem to notice.
 * What is unused without a defence is no problem.
 */
export const findTypeProblems = (defences) => {
  const { config } = ts.readConfigFile(path.join(projectRoot, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options: own } = ts.parseJsonConfigFileContent(config, ts.sys, projectRoot);
  const options = { ...own, noUnusedLocals: false, noUnusedParameters: false, incremental: false };
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile;
  const parsed = new Map();

  let program;
  return groupsOf(defences).flatMap((group) => {
    const sources = new Map(
      group.map((defence) => [path.join(projectRoot, defence.file), sourceWithout(defence)]),
    );
    host.getSourceFile = (fileName, ...rest) => {
      const source = sources.get(fileName);
      if (source !== undefined) return ts.createSourceFile(fileName, source, ...rest);
      if (!parsed.has(fileName)) parsed.set(fileName, parse.call(host, fileName, ...rest));
      return parsed.get(fileName);
    };
    program = ts.createProgram(fileNames, options, host, program);
    return group.flatMap(({ title, file }) => {
      const source = program.getSourceFile(path.join(projectRoot, file));
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n  '))
        .map((message) => `${title}\n  does not compile without it: ${message}`);
    });
  });
};
