/** A block of commands, and the output that is shown below it. */
interface Step {
  readonly commands: string;
  readonly output?: { readonly language: string; readonly text: string };
}

export function readWalk(): Step[];
export function comparable(text: string, language: string): unknown;
export function openShell(folder: string): {
  run(commands: string): Promise<string>;
  close(): void;
};
