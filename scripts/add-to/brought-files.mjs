import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import ts from 'typescript';

/** The folder of the extension, in the starter and in an app. */
export const EXTENSION = 'src/extensions/users-permissions/refresh-tokens';
const ADMIN = 'src/admin/sessions';

/** The file of an app that says what was brought. */
export const MANIFEST = `${EXTENSION}/added.json`;

/** Whether a file belongs to the pages of the admin panel. */
export const isOfAdmin = (file) => file.startsWith(`${ADMIN}/`);

/** Whether a file of the starter is brought as it is. */
export const isBrought = (file) => file.startsWith(`${EXTENSION}/`) || isOfAdmin(file);

const relative = (root, file) => path.relative(root, file).split(path.sep).join('/');

/** Returns the paths of all files in folders of the starter, but for the manifest of a fork. */
const listFiles = (root, folders) =>
  folders
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, path.join(entry.parentPath, entry.name))),
    )
    .filter((file) => file !== MANIFEST)
    .sort();

/** Compiles the server's part as `strapi build` does, with types beside each file. Throws what the compiler says. */
const compileServer = (root, files) => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    files.map((file) => path.join(root, file)),
    { ...options, outDir: root, declaration: true, incremental: false, tsBuildInfoFile: undefined },
  );
  const emitted = new Map();
  const { diagnostics } = program.emit(undefined, (file, text) => {
    emitted.set(relative(root, file), text);
  });
  if (diagnostics.length > 0) {
    throw new Error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost(options)));
  }
  return emitted;
};

/** Removes the types of a file for the admin panel. Its build understands JSX and modules. */
export const withoutTypes = (text) =>
  ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      jsx: ts.JsxEmit.Preserve,
    },
  }).outputText;

/** Formats code as the starter does. */
export const formatted = async (root, file, text) => {
  const options = await prettier.resolveConfig(path.join(root, 'package.json'));
  return prettier.format(text, { ...options, filepath: file });
};

const asJavaScript = async (root, sources) => {
  const isServerCode = ([file]) => file.startsWith(EXTENSION) && /\.ts$/.test(file);
  const compiled = compileServer(
    root,
    [...sources].filter(isServerCode).map(([file]) => file),
  );
  const files = new Map();
  for (const [file, text] of sources) {
    if (/\.json$|\.d\.ts$/.test(file)) files.set(file, text);
    else if (isOfAdmin(file)) files.set(file.replace(/\.ts(x?)$/, '.js$1'), withoutTypes(text));
  }
  for (const [file, text] of compiled) if (file.startsWith(EXTENSION)) files.set(file, text);
  const entries = [...files].map(async ([file, text]) => [
    file,
    /\.jsx?$/.test(file) ? await formatted(root, file, text) : text,
  ]);
  return new Map(await Promise.all(entries));
};

/**
 * Returns the files of the starter that an app gets as they are.
 *
 * @param root the folder of the starter
 * @param {{ isTypeScript: boolean, hasAdmin: boolean }} app a JavaScript app gets compiled files, with comments and types
 * @returns {Promise<Map<string, string>>} text by path, in the order of the paths
 */
export const broughtFiles = async (root, { isTypeScript, hasAdmin }) => {
  const folders = hasAdmin ? [EXTENSION, ADMIN] : [EXTENSION];
  const sources = new Map(
    listFiles(root, folders).map((file) => [file, readFileSync(path.join(root, file), 'utf8')]),
  );
  return isTypeScript ? sources : asJavaScript(root, sources);
};
