/** @file Makes the VSIX of one platform: the bundles, the embedded model, and only that platform's native files. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagedReadme } from './packagedReadme.mjs';
import { ensureCacheFolder } from './setup.mjs';
import { quiet, root, step, Stop } from './steps.mjs';

/** VS Code's target → npm's os and cpu, and the native packages of that platform (CPU, and Vulkan or Metal; CUDA is never packed). */
export const targets = {
  'linux-x64': { os: 'linux', cpu: 'x64', llama: ['linux-x64', 'linux-x64-vulkan'], koffi: 'linux-x64' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', llama: ['linux-arm64'], koffi: 'linux-arm64' },
  'linux-armhf': { os: 'linux', cpu: 'arm', llama: ['linux-armv7l'], koffi: 'linux-arm' },
  'darwin-x64': { os: 'darwin', cpu: 'x64', llama: ['mac-x64'], koffi: 'darwin-x64' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64', llama: ['mac-arm64-metal'], koffi: 'darwin-arm64' },
  'win32-x64': { os: 'win32', cpu: 'x64', llama: ['win-x64', 'win-x64-vulkan'], koffi: 'win32-x64' },
  'win32-arm64': { os: 'win32', cpu: 'arm64', llama: ['win-arm64'], koffi: 'win32-arm64' },
};

/** Open VSX refuses 256 MB; ours stay well below. */
export const maxBytes = 220 * 1024 * 1024;

export function hostTarget() {
  const arch = process.arch === 'arm' ? 'armhf' : process.arch;
  const target = `${process.platform}-${arch}`;
  if (!(target in targets))
    throw new Stop(`There is no package for ${target}; there are ${Object.keys(targets).join(', ')}.`);
  return target;
}

/** What the packaged manifest keeps of package.json. */
const manifestKeys = [
  ...[
    'name',
    'displayName',
    'description',
    'version',
    'publisher',
    'license',
    'author',
    'engines',
    'categories',
    'keywords',
  ],
  ...[
    'icon',
    'galleryBanner',
    'bugs',
    'homepage',
    'repository',
    'pricing',
    'qna',
    'main',
    'activationEvents',
    'contributes',
  ],
  ...['capabilities', 'extensionKind', 'l10n', 'bin'],
];

/**
 * @param target a key of {@link targets}
 * @returns the package's path, size in bytes, and its files
 */
export async function packageExtension(target) {
  const platform = targets[target];
  if (!platform) throw new Stop(`Unknown target "${target}"; there are ${Object.keys(targets).join(', ')}.`);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const stage = ensureCacheFolder(join('package', target));
  stageFiles(stage, manifest);
  installNatives(stage, target, platform, manifest);
  step(`Packaging for ${target}`);
  const vsix = join(root, `${manifest.name}-${target}-${manifest.version}.vsix`);
  const { createVSIX, listFiles } = await import('@vscode/vsce');
  rmSync(vsix, { force: true });
  await createVSIX({
    cwd: stage,
    target,
    packagePath: vsix,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const files = await listFiles({ cwd: stage });
  return {
    path: vsix,
    sizeBytes: statSync(vsix).size,
    files: files.map((file) => file.replaceAll('\\', '/')),
    stage,
  };
}

function stageFiles(stage, manifest) {
  for (const name of ['dist', 'media', 'adapters', 'models', 'l10n'])
    rmSync(join(stage, name), { recursive: true, force: true });
  const copy = (name, filter) => {
    if (existsSync(join(root, name)))
      cpSync(join(root, name), join(stage, name), { recursive: true, dereference: true, filter });
  };
  copy('dist', (path) => !path.endsWith('.map'));
  copy('media/icon.png');
  copy('media/walkthrough');
  copy('adapters');
  copy('models', (path) => !path.endsWith('.part'));
  copy('l10n');
  for (const name of ['CHANGELOG.md', 'LICENSE', 'package.nls.json']) copy(name);
  writeFileSync(join(stage, 'README.md'), packagedReadme(readFileSync(join(root, 'README.md'), 'utf8')));
  const { dependencies } = manifest;
  const kept = Object.fromEntries(
    manifestKeys.filter((key) => key in manifest).map((key) => [key, manifest[key]]),
  );
  const staged = {
    ...kept,
    engines: { vscode: manifest.engines.vscode },
    dependencies: { 'node-llama-cpp': dependencies['node-llama-cpp'], koffi: dependencies.koffi },
  };
  writeFileSync(join(stage, 'package.json'), JSON.stringify(staged, null, 2));
  writeFileSync(join(stage, '.vscodeignore'), ignored.join('\n'));
}

/** Files of the native packages that only a build from source or their command line needs. */
const ignored = [
  '.npmrc',
  'package-lock.json',
  'installed',
  'node_modules/.bin/**',
  'node_modules/.package-lock.json',
  'node_modules/node-llama-cpp/llama/{addon,cmake,patches,profiles,toolchains,xpack}/**',
  'node_modules/node-llama-cpp/llama/gitRelease.bundle',
  'node_modules/node-llama-cpp/templates/**',
  'node_modules/**/*.map',
  'node_modules/**/*.d.ts',
  'node_modules/**/*.md',
  'node_modules/koffi/{vendor,doc,lib}/**',
  'node_modules/koffi/src/**/*.{c,cc,cpp,h,hh,hpp,inc,S,asm,def,txt,in,ninja,cmake}',
];

/** Installs the two native packages for another platform than this one where need be: npm carries every platform's binaries. */
function installNatives(stage, target, platform, manifest) {
  const { dependencies } = manifest;
  const stamp = join(stage, 'installed');
  const wanted = JSON.stringify([dependencies['node-llama-cpp'], dependencies.koffi, platform]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  step(`Fetching the native files of ${target}`);
  rmSync(join(stage, 'node_modules'), { recursive: true, force: true });
  const install = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--no-package-lock',
  ];
  quiet(
    'Fetching the packages',
    'npm',
    [...install, '--omit=dev', `--os=${platform.os}`, `--cpu=${platform.cpu}`],
    { cwd: stage },
  );
  keepOnly(join(stage, 'node_modules', '@node-llama-cpp'), platform.llama);
  keepOnly(join(stage, 'node_modules', '@koromix'), [`koffi-${platform.koffi}`]);
  writeFileSync(stamp, wanted);
}

function keepOnly(folder, names) {
  const missing = names.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0)
    throw new Stop(`The registry did not deliver ${missing.join(', ')} (in ${folder}).`);
  for (const name of readdirSync(folder))
    if (!names.includes(name)) rmSync(join(folder, name), { recursive: true, force: true });
}
