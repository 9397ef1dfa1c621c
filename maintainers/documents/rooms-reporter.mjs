/**
 * A reporter for dependency-cruiser: draws folders and the imports between them in Mermaid.
 *
 * An import from A to C is left out when A also imports B and B, directly or indirectly, imports C.
 */
const nameOf = (source) => source.split('/').at(-1);
const labelOf = (name) => (name.includes('.') ? name : `${name}["${name}/"]`);

/** Every room that is reached from one, directly or through others. */
const reachedFrom = (room, imports) =>
  new Set(imports.get(room).flatMap((next) => [next, ...reachedFrom(next, imports)]));

const withoutIndirect = (room, imports) => {
  const direct = imports.get(room);
  const indirect = new Set(direct.flatMap((next) => [...reachedFrom(next, imports)]));
  return direct.filter((next) => !indirect.has(next));
};

/** @param {import('dependency-cruiser').ICruiseResult} result of a cruise with `--collapse` */
const drawRooms = ({ modules }) => {
  const imports = new Map(
    modules.map(({ source, dependencies }) => [
      nameOf(source),
      dependencies.map(({ resolved }) => nameOf(resolved)),
    ]),
  );
  const rooms = [...imports.keys()].sort();
  const arrows = rooms.flatMap((room) =>
    withoutIndirect(room, imports)
      .sort()
      .map((next) => `${room} --> ${next}`),
  );
  const lines = [...rooms.map(labelOf), ...arrows].map((line) => `  ${line}\n`);
  return { output: `flowchart TB\n${lines.join('')}`, exitCode: 0 };
};

export default drawRooms;
