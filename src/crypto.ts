/** `node:crypto`, which takes several milliseconds to load: when it is first needed. */
export const crypto = () => process.getBuiltinModule('node:crypto');
