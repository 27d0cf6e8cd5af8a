// Milliseconds of `import 'slalom'` in a process that has done nothing else.
const start = performance.now();
await import('../../dist/index.js');
console.log(JSON.stringify({ import: performance.now() - start }));
