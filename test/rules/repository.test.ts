/** The checkout builds from whatever registry the user has, and installing runs nothing. */

import { describe, expect, it } from 'vitest';
import { filesBelow, read } from './sources.js';

/** In pieces, so that this file does not name one. */
const HOSTS = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['npm', 'pkg', 'github', 'com'],
  ['pypi', 'org'],
  ['pythonhosted', 'org'],
  ['deb', 'debian', 'org'],
  ['crates', 'io'],
].map((parts) => parts.join('.'));

describe('the repository', () => {
  it('names no host of a package registry', () => {
    const named = filesBelow('.').flatMap((path) => {
      const text = read(path);
      return HOSTS.filter((host) => text.includes(host)).map((host) => `${path} names ${host}`);
    });
    expect(named).toEqual([]);
  });

  it.each(['', 'bench/peers/'])('%s locks versions and hashes, no addresses, and a version of every platform', (folder) => {
    const { packages } = JSON.parse(read(`${folder}package-lock.json`)) as { packages: Record<string, Record<string, unknown>> };
    const locked = Object.entries(packages).filter(([path]) => path !== '');
    expect(locked.length).toBeGreaterThan(50);
    expect(locked.filter(([, entry]) => 'resolved' in entry || !entry.version || !entry.integrity)).toEqual([]);
    const wanted = locked.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.filter((name) => !locked.some(([path]) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
  });

  it('says its version once', () => {
    expect(read('src/version.ts')).toContain(`VERSION = '${(JSON.parse(read('package.json')) as { version: string }).version}'`);
  });

  it('needs nothing at run time and installs without a script', () => {
    const { dependencies = {}, scripts } = JSON.parse(read('package.json')) as { dependencies?: object; scripts: Record<string, string> };
    expect(Object.keys(dependencies)).toEqual([]);
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    expect(filesBelow('.', /(^|\/)binding\.gyp$/)).toEqual([]); // npm would run node-gyp for it
  });
});
