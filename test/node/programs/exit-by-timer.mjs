import { start } from './model.mjs';

start();
setTimeout(() => process.exit(7), 100);
