import { start } from './model.mjs';

start({ onEpoch: ({ epoch }) => epoch === 3 && process.exit(7) });
