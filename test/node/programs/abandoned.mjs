// Runs that nobody waits for: node abandoned.mjs WAY
import { optim } from 'slalom';
import { start } from './model.mjs';

const ways = {
  ends: () => start({ epochs: 5, callbacks: [{ runEnd: ({ epochs }) => console.log(`epochs ${epochs}`) }] }),
  diverges: () => start({ optimizer: optim.sgd({ lr: 1e38 }) }),
  'is refused': () => start({ epochs: 0 }),
  'is left by its loop': async () => {
    for await (const { epoch } of start()) if (epoch === 2) break;
    console.log('left');
  },
};
ways[process.argv[2]]();
