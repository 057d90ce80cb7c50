// The pages of both engines as the browser runs them: `node build.mjs PACKAGES TO`. PACKAGES holds
// `node_modules`; this file and the pages stay where they are.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [packages, to] = process.argv.slice(2);
const installed = createRequire(join(packages, 'package.json'));
const { build } = installed('esbuild');
const { compile } = installed('sass');

await build({
    entryPoints: [join(here, 'pages/web_forms.js'), join(here, 'pages/enketo.js')],
    outdir: to,
    nodePaths: [join(packages, 'node_modules')],
    bundle: true,
    splitting: true, // web-forms fetches its map only where a form has one
    format: 'esm',
    platform: 'browser',
    // Module names with which a host of Enketo's engine puts in parts of its own.
    alias: {
        'enketo/config': 'enketo-core/config.js',
        'enketo/widgets': 'enketo-core/src/js/widgets.js',
        'enketo/translator': 'enketo-core/src/js/fake-translator.js',
        'enketo/dialog': 'enketo-core/src/js/fake-dialog.js',
        'enketo/file-manager': 'enketo-core/src/js/file-manager.js',
        'enketo/xpath-evaluator-binding': 'enketo-core/src/js/xpath-evaluator-binding.js',
    },
    external: ['libxslt'], // what transforms where there is no browser
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
});

// Without its style, what Enketo hides from people would be there to click.
const style = compile(join(packages, 'node_modules/enketo-core/src/sass/formhub/formhub.scss'), {
    // It names packages by their place in its own repository.
    importers: [
        {
            findFileUrl: (name) => {
                const found = name.split('/node_modules/')[1];
                return found ? pathToFileURL(join(packages, 'node_modules', found)) : null;
            },
        },
    ],
    quietDeps: true,
    silenceDeprecations: ['import', 'global-builtin', 'slash-div', 'color-functions', 'mixed-decls'],
});
writeFileSync(join(to, 'enketo.css'), style.css);
