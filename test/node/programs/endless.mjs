import { start } from './model.mjs';

start({ onEpoch: ({ epoch }) => epoch === 3 && console.log('running') });
