/** One instruction of a Dockerfile, such as `RUN npm ci`. */
export interface Instruction {
  readonly keyword: string;
  /** What begins with `--`, by name. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What begins with `FROM`. */
export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

const parseInstruction = (line: string): Instruction => {
  const [, keyword = '', flagText = '', text = ''] =
    /^([A-Z]+)((?: --[\w-]+=\S+)*) (.*)$/.exec(line) ?? [];
  if (keyword === '') throw new Error(`Not an instruction of a Dockerfile: ${line}`);
  const flags = Object.fromEntries(
    [...flagText.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
  return { keyword, flags, text };
};

/** Reads a Dockerfile, as far as the one of this project goes. */
export const parseDockerfile = (text: string): Stage[] => {
  const instructions = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseInstruction);

  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') {
      const [image = '', , name] = instruction.text.split(' ');
      stages.push({ image, name, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  return stages;
};

/** The last instruction of that kind. */
export const lastOf = ({ instructions }: Stage, keyword: string): Instruction => {
  const found = instructions.findLast((instruction) => instruction.keyword === keyword);
  if (!found) throw new Error(`There is no ${keyword}`);
  return found;
};

/** A command in the form of a JSON array, which is run without a shell. */
export const commandOf = ({ text }: Instruction): string[] =>
  JSON.parse(text.slice(text.indexOf('['))) as string[];

/** Whether a file gets into the build: the last line of `.dockerignore` that speaks of it decides. */
export const createIgnore = (text: string): ((file: string) => boolean) => {
  const rules = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line.replace(/^!/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
      return { isKept: line.startsWith('!'), pattern: new RegExp(`^${pattern}(/|$)`) };
    });
  return (file) => rules.findLast(({ pattern }) => pattern.test(file))?.isKept === false;
};
