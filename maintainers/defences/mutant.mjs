import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { createVitest } from 'vitest/node';
import { parseTest, sourceWithout } from './defences.mjs';

const projectRoot = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Values that `it.each` fills into a title. */
const PLACEHOLDER = /%[sdifjo#]|%\.\d+s|\$[\w.]+/g;

/** Errors of a defence that was removed badly: a test that ends with one has noticed nothing. */
const BROKEN = ['SyntaxError', 'ReferenceError'];

/** The problem of a defence whose removal no test notices. */
export const NOT_NOTICED = 'NOT NOTICED';

const escapeRegExp = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Matches the tests with a title, whatever values it is filled with. */
const patternOf = (title) => title.split(PLACEHOLDER).map(escapeRegExp).join('.*');

/** Copies the files of the working tree, with the `node_modules` of the project as a link. */
const copyProject = () => {
  const copy = mkdtempSync(path.join(tmpdir(), 'without-defences-'));
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  for (const name of names.split('\0').filter(Boolean)) {
    if (name.startsWith('maintainers/')) continue;
    mkdirSync(path.dirname(path.join(copy, name)), { recursive: true });
    cpSync(path.join(projectRoot, name), path.join(copy, name));
  }
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
};

const compilerOptions = () => {
  const { config } = ts.readConfigFile(path.join(projectRoot, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, projectRoot).options;
};

/** @throws when the source is not TypeScript */
const compile = (source, file, options) => {
  const { outputText, diagnostics } = ts.transpileModule(source, {
    compilerOptions: { ...options, incremental: false },
    fileName: path.join(projectRoot, file),
    reportDiagnostics: true,
  });
  if (diagnostics.length > 0) {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostics[0].messageText, '\n'));
  }
  return outputText;
};

/** Returns the errors of a test file, and of its suites and tests. */
const messagesOf = (module) =>
  [
    ...[module, ...module.children.allSuites()].flatMap((suite) => suite.errors()),
    ...[...module.children.allTests('failed')].flatMap((test) =>
      test.result().errors.map(({ message }) => ({ message: `${test.name}: ${message}` })),
    ),
  ].map(({ message }) => message);

/** Says why a run shows no failed expectation of a test, or null. */
const findProblem = (testModules) => {
  const tests = testModules.flatMap((module) => [...module.children.allTests()]);
  const failed = tests.filter((test) => test.result().state === 'failed');
  const errors = failed.flatMap((test) => test.result().errors ?? []);
  const broken = errors.find(({ name, message }) => BROKEN.includes(name ?? message.split(':')[0]));
  if (broken) return `broken: ${broken.message}`;
  if (failed.length > 0) return null;

  const suites = testModules.flatMap((module) => [module, ...module.children.allSuites()]);
  const [error] = suites.flatMap((suite) => suite.errors());
  if (error) return `broken: no test ran: ${error.message}`;
  const isRun = tests.some((test) => test.result().state === 'passed');
  return isRun ? NOT_NOTICED : 'no test has this title';
};

/** Creates a copy of the project from which defences are removed, one at a time. */
export const createMutant = async () => {
  const copy = copyProject();
  const options = compilerOptions();
  /** The test files of the last run. Vitest's own result keeps those of earlier runs. */
  let finished = [];
  const reporter = { onTestModuleEnd: (module) => finished.push(module) };
  const vitest = await createVitest(
    'test',
    { root: copy, watch: false, maxWorkers: 1, reporters: [reporter], silent: true },
    { cacheDir: path.join(copy, '.vite') },
  );
  const project = (name) => vitest.projects.find((candidate) => candidate.name === name);
  /** The compiled projects with every defence, from `tests/helpers/compile.ts`. */
  let compiled;

  const run = async (files, pattern) => {
    finished = [];
    vitest.setGlobalTestNamePattern(new RegExp(pattern));
    await vitest.runTestSpecifications(
      files.map((file) =>
        project(file.startsWith('tests/unit/') ? 'unit' : 'http').createSpecification(
          path.join(copy, file),
        ),
      ),
    );
    return finished;
  };

  /** Provides compiled copies with another version of a file. Node caches each path, so they are new. */
  const provideCompiled = (file, output) => {
    for (const [key, folder] of Object.entries(compiled)) {
      const target = mkdtempSync(path.join(copy, '.tmp', 'without-'));
      cpSync(folder, target, { recursive: true });
      writeFileSync(path.join(target, file.replace(/\.ts$/, '.js')), output);
      project('http').provide(key, target);
    }
  };

  const restoreCompiled = () => {
    for (const [key, folder] of Object.entries(compiled)) {
      const target = project('http').getProvidedContext()[key];
      project('http').provide(key, folder);
      if (target !== folder) rmSync(target, { recursive: true });
    }
  };

  /** Runs a function while a file has other content. */
  const withSource = async (file, source, action) => {
    const target = path.join(copy, file);
    const original = readFileSync(target, 'utf8');
    const output = file.endsWith('.ts') ? compile(source, file, options) : source;
    writeFileSync(target, source);
    vitest.invalidateFile(target);
    if (compiled) provideCompiled(file, output);
    try {
      return await action();
    } finally {
      writeFileSync(target, original);
      vitest.invalidateFile(target);
      if (compiled) restoreCompiled();
    }
  };

  return {
    /** Runs these tests with every defence in place; returns the problems. */
    async findProblemsInPlace(tests) {
      const parsed = tests.map(parseTest);
      const files = [...new Set(parsed.map(({ file }) => file))];
      const pattern = parsed.map(({ title }) => patternOf(title)).join('|');
      const testModules = await run(files, pattern);
      if (files.some((file) => file.startsWith('tests/http/'))) {
        const { distDir, distDirWithNotes } = project('http').getProvidedContext();
        compiled = { distDir, distDirWithNotes };
      }
      return testModules
        .filter((module) => !module.ok())
        .map((module) =>
          [path.relative(copy, module.moduleId), ...messagesOf(module)].join('\n  '),
        );
    },

    /** Removes a defence and runs its test. Returns why its removal counts as not noticed, or null. */
    async findProblemWithout(defence) {
      const { file, title } = parseTest(defence.test);
      try {
        return await withSource(defence.file, sourceWithout(defence, copy), async () =>
          findProblem(await run([file], patternOf(title))),
        );
      } catch (error) {
        return `broken: ${error.message}`;
      }
    },

    async close() {
      await vitest.close();
      rmSync(copy, { recursive: true });
    },
  };
};
