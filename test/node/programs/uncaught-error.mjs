import { start } from './model.mjs';

start();
setTimeout(() => {
  throw new Error('on purpose');
}, 100);
