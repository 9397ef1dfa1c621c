/** One instruction of a Dockerfile, such as `RUN npm ci`. */
export interface Instruction {
  readonly keyword: string;
  /** The values of flags such as `--from=build`, by name. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A build stage: `FROM` and the instructions after it. */
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

/** Parses a Dockerfile. Supports the syntax that the Dockerfile of this project uses. */
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

/** Returns the last instruction with a keyword. */
export const lastOf = ({ instructions }: Stage, keyword: string): Instruction => {
  const found = instructions.findLast((instruction) => instruction.keyword === keyword);
  if (!found) throw new Error(`The stage has no ${keyword}`);
  return found;
};

/** Returns the command of an instruction in exec form, a JSON array that is run without a shell. */
export const commandOf = ({ text }: Instruction): string[] =>
  JSON.parse(text.slice(text.indexOf('['))) as string[];

/** Returns a function from a path to whether `.dockerignore` excludes it. The last line that matches decides. */
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
