/**
 * Modules of Node when they are first needed: each takes milliseconds to load. `import` of `node:fs`
 * loads streams too, since a module of it has all names, also those that Node makes on demand.
 */

const { getBuiltinModule } = process;

export const crypto = () => getBuiltinModule('node:crypto');
export const fs = () => getBuiltinModule('node:fs');
export const os = () => getBuiltinModule('node:os');
export const util = () => getBuiltinModule('node:util');
export const zlib = () => getBuiltinModule('node:zlib');
