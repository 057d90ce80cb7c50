// Enketo's form engine in a page, hosted as Enketo Express hosts it: its own server (here: the
// test's) asks the form list, the form and the manifest, hands out media, and forwards records.

import { Form } from 'enketo-core';
import events from 'enketo-core/src/js/event';
import fileManager from 'enketo/file-manager';
import { transform } from 'enketo-transformer/web';
import Papa from 'papaparse';

const parser = new DOMParser();
const asked = new URLSearchParams(location.search);
const answer = await fetch(`/enketo/survey?form=${encodeURIComponent(asked.get('form'))}`);
if (!answer.ok) throw new Error(`the form: ${answer.status}`);
const survey = await answer.json();

// What a test reads: answers of the server, in their order.
window.host = { answers: [], xml: null, loadErrors: null, form: null };

/** `jr://…/name` becomes the address at which the host hands that file out. */
function replaceMedia(root) {
    for (const element of root.querySelectorAll('[href^="jr:"], [src^="jr:"]')) {
        const attribute = element.hasAttribute('href') ? 'href' : 'src';
        const name = element.getAttribute(attribute).replace(/.*\//, '');
        if (survey.media[name]) element.setAttribute(attribute, survey.media[name]);
    }
}

function csvToXml(csv) {
    const [headers, ...rows] = Papa.parse(csv.trim(), { skipEmptyLines: true }).data;
    const made = parser.parseFromString('<root/>', 'text/xml');
    for (const row of rows) {
        const item = made.documentElement.appendChild(made.createElement('item'));
        row.forEach((value, column) => {
            item.appendChild(made.createElement(headers[column].trim())).textContent = value.trim();
        });
    }
    return made;
}

async function external(model) {
    const instances = [...model.querySelectorAll('instance[id][src]')];
    return Promise.all(
        instances.map(async (instance) => {
            const fetched = await fetch(instance.getAttribute('src'));
            const kind = (fetched.headers.get('Content-Type') ?? '').split(';')[0];
            const text = await fetched.text();
            const xml = kind === 'text/csv' ? csvToXml(text) : parser.parseFromString(text, 'text/xml');
            return { id: instance.id, src: instance.getAttribute('src'), xml };
        })
    );
}

async function send() {
    if (!(await form.validate())) {
        document.body.dataset.sent = 'invalid';
        return;
    }
    form.view.html.dispatchEvent(events.BeforeSave());
    const files = await fileManager.getCurrentFiles();
    const record = parser.parseFromString(form.getDataStr({ irrelevant: false }), 'text/xml');
    const named = [...record.querySelectorAll('[type="file"]')].map((element) => {
        element.removeAttribute('type');
        return element.textContent;
    });
    window.host.xml = new XMLSerializer().serializeToString(record.documentElement);
    const body = new FormData();
    body.append(
        'xml_submission_file',
        new Blob([window.host.xml], { type: 'text/xml' }),
        'xml_submission_file'
    );
    for (const name of named) {
        const file = files.find((each) => each.name === name);
        if (file) body.append(name, file, name);
    }
    const sent = await fetch('/enketo/submission', {
        method: 'POST',
        headers: { 'X-OpenRosa-Version': '1.0', 'X-OpenRosa-Instance-Id': form.instanceID },
        body,
    });
    window.host.answers.push({ status: sent.status, said: await sent.text() });
    document.body.dataset.sent = [201, 202].includes(sent.status) ? 'yes' : 'no';
}

const transformed = await transform({ xform: survey.xform });
const model = parser.parseFromString(transformed.model, 'text/xml');
replaceMedia(model);
document.querySelector('#form').innerHTML = transformed.form;
const element = document.querySelector('form.or');
replaceMedia(element);

const form = new Form(element, { modelStr: transformed.model, external: await external(model) }, {});
window.host.form = form;
window.host.loadErrors = form.init();
document.querySelector('#send').addEventListener('click', send);
document.body.dataset.loaded = 'yes';
