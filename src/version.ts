/** Of this package; a rule compares it with package.json. */
export const VERSION = '0.1.0';
