import { start } from './model.mjs';

start({ epochs: 50 }).then((history) => console.log(`epochs ${history.epochs}`));
