/** Stacks that begin in the user's code. */

import { fileURLToPath } from 'node:url';

/** The folder above `src` or `dist`, as it occurs in stack frames. */
const root = (() => {
  const path = fileURLToPath(new URL('..', import.meta.url));
  return path.endsWith('/') || path.endsWith('\\') ? path : `${path}/`;
})();
const own = ['src', 'dist'].flatMap((folder) => {
  const path = `${root}${folder}`;
  return [`${path}/`, `${path}\\`, `${path.replaceAll('\\', '/')}/`];
});

function isOwn(frame: string): boolean {
  return own.some((folder) => frame.includes(folder));
}

/**
 * `stack` under another headline, without the frames of this library: the first one is the user's
 * own line. A program bundled together with Slalom into one file keeps all frames.
 */
export function userStack(stack: string | undefined, headline: string): string {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const foreign = frames.filter((frame) => !isOwn(frame));
  const first = foreign.findIndex((frame) => !frame.includes('(<anonymous>)') && !frame.includes('(node:internal'));
  return [headline, ...(first < 0 ? frames : foreign.slice(first))].join('\n');
}

/**
 * Remembers where the user called, for errors that come to light later, off the JavaScript thread.
 * The returned function gives an error that stack.
 */
export function callSite(): <E extends Error>(error: E) => E {
  const here = new Error();
  return (error) => {
    error.stack = userStack(here.stack, `${error.name}: ${error.message}`);
    return error;
  };
}

/** Gives an error the stack of a call. */
export type Site = ReturnType<typeof callSite>;
