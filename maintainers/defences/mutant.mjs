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
import process from 'node:process';
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

const WORKSHOP = 'maintainers/';

/** Copies the files of the working tree, with links to the `node_modules` of the project and of the workshop. */
const copyProject = () => {
  const copy = mkdtempSync(path.join(tmpdir(), 'without-defences-'));
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  for (const name of names.split('\0').filter(Boolean)) {
    mkdirSync(path.dirname(path.join(copy, name)), { recursive: true });
    cpSync(path.join(projectRoot, name), path.join(copy, name));
  }
  for (const folder of ['', WORKSHOP]) {
    const installed = path.join(folder, 'node_modules');
    symlinkSync(path.join(projectRoot, installed), path.join(copy, installed));
  }
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

/** The Vitest project of a test file has the name of the folder. */
const projectNameOf = (file) => path.basename(path.dirname(file));

/** Creates a Vitest with the configuration of a folder. Vitest's own result keeps that of earlier runs. */
const startVitest = async (root) => {
  let finished = [];
  const reporter = { onTestModuleEnd: (module) => finished.push(module) };
  const vitest = await createVitest(
    'test',
    { root, watch: false, maxWorkers: 1, reporters: [reporter], silent: true },
    { cacheDir: path.join(root, '.vite') },
  );
  const projectOf = (file) => vitest.projects.find(({ name }) => name === projectNameOf(file));

  return {
    projectOf,
    invalidateFile: (file) => vitest.invalidateFile(file),
    close: () => vitest.close(),

    /** Runs the tests of some files whose titles match a pattern; returns the files. */
    async run(files, pattern) {
      finished = [];
      vitest.setGlobalTestNamePattern(new RegExp(pattern));
      await vitest.runTestSpecifications(
        files.map((file) => projectOf(file).createSpecification(file)),
      );
      return finished;
    },
  };
};

/** Creates a copy of the project from which defences are removed, one at a time. */
export const createMutant = async () => {
  const copy = copyProject();
  const options = compilerOptions();
  const vitests = {
    project: await startVitest(copy),
    workshop: await startVitest(path.join(copy, WORKSHOP)),
  };
  const vitestOf = (test) => vitests[test.startsWith(WORKSHOP) ? 'workshop' : 'project'];

  /** Runs tests that one Vitest runs on one database. */
  const run = (defences) => {
    const [{ test: first, database = 'sqlite' }] = defences;
    const parsed = defences.map(({ test }) => parseTest(test));
    const files = [...new Set(parsed.map(({ file }) => path.join(copy, file)))];
    // `tests/helpers/databases.ts` reads it. Vitest starts new workers for each run.
    process.env.TEST_DATABASE = database;
    return vitestOf(first).run(files, parsed.map(({ title }) => patternOf(title)).join('|'));
  };

  /**
   * Provides compiled copies (`tests/helpers/compile.ts`) with another version of a file. Node caches each path, so
   * they are new. Returns the function that restores those with every defence.
   */
  const provideCompiled = (project, file, output) => {
    const { distDir, distDirWithNotes } = project.getProvidedContext();
    const compiled = distDir ? { distDir, distDirWithNotes } : {};
    const changed = Object.entries(compiled).map(([key, folder]) => {
      const target = mkdtempSync(path.join(copy, '.tmp', 'without-'));
      cpSync(folder, target, { recursive: true });
      writeFileSync(path.join(target, file.replace(/\.ts$/, '.js')), output);
      project.provide(key, target);
      return target;
    });
    return () => {
      for (const [key, folder] of Object.entries(compiled)) project.provide(key, folder);
      for (const target of changed) rmSync(target, { recursive: true });
    };
  };

  /** Calls a function while the file of a defence has other content for its test. */
  const withSource = async ({ file, test }, source, action) => {
    const vitest = vitestOf(test);
    const target = path.join(copy, file);
    const original = readFileSync(target, 'utf8');
    const output = file.endsWith('.ts') ? compile(source, file, options) : source;
    writeFileSync(target, source);
    vitest.invalidateFile(target);
    const restoreCompiled = provideCompiled(vitest.projectOf(parseTest(test).file), file, output);
    try {
      return await action();
    } finally {
      writeFileSync(target, original);
      vitest.invalidateFile(target);
      restoreCompiled();
    }
  };

  return {
    /** Runs the tests with every defence in place; returns the problems. */
    async findProblemsInPlace(defences) {
      const runOf = ({ test, database }) => `${test.startsWith(WORKSHOP)} ${database}`;
      const problems = [];
      for (const key of new Set(defences.map(runOf))) {
        const testModules = await run(defences.filter((defence) => runOf(defence) === key));
        problems.push(
          ...testModules
            .filter((module) => !module.ok())
            .map((module) =>
              [path.relative(copy, module.moduleId), ...messagesOf(module)].join('\n  '),
            ),
        );
      }
      return problems;
    },

    /** Removes a defence and runs its test. Returns why its removal counts as not noticed, or null. */
    async findProblemWithout(defence) {
      try {
        return await withSource(defence, sourceWithout(defence, copy), async () =>
          findProblem(await run([defence])),
        );
      } catch (error) {
        return `broken: ${error.message}`;
      }
    },

    async close() {
      for (const vitest of Object.values(vitests)) await vitest.close();
      rmSync(copy, { recursive: true });
    },
  };
};
