import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  shims: true,
  clean: true,
  sourcemap: true,
  // Less to read at `import`, but names and short lines for stack traces. Only tagged templates keep characters beyond
  // ASCII as they are; with any of them the whole file takes two bytes a character.
  esbuildOptions: (options) => {
    options.minifyWhitespace = true;
    options.lineLimit = 100;
  },
});
