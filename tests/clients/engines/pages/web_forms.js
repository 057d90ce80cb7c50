// ODK Web Forms in a page, hosted as ODK Central's frontend hosts it: the form and its files by
// REST, a record as XML, then each of its files. `?form=`, `?project=` and `?draft=true` say which.

import { createApp, h } from 'vue';
import { OdkWebForm, POST_SUBMIT__NEW_INSTANCE, webFormsPlugin } from '@getodk/web-forms';

const asked = new URLSearchParams(location.search);
const form = `/v1/projects/${asked.get('project')}/forms/${encodeURIComponent(asked.get('form'))}`;
const version = asked.has('draft') ? `${form}/draft` : form;

// What a test reads: answers of the server, in their order.
window.host = { answers: [], xml: null, problem: null };

async function post(address, file) {
    const answer = await fetch(address, {
        method: 'POST',
        body: file,
        headers: { 'Content-Type': file.type || 'application/octet-stream' },
    });
    window.host.answers.push({ status: answer.status, said: await answer.json() });
    return answer.ok;
}

async function send(payload, done) {
    const [{ instanceFile, attachments }] = payload.data;
    window.host.xml = await instanceFile.text();
    const record = `${version}/submissions`;
    const sent = await post(
        `${record}?deviceID=web%3Atest`,
        new File([instanceFile], 'record.xml', { type: 'text/xml' })
    );
    const id = encodeURIComponent(window.host.answers.at(-1).said.instanceId);
    for (const file of sent ? attachments : []) {
        await post(`${record}/${id}/attachments/${encodeURIComponent(file.name)}`, file);
    }
    document.body.dataset.sent = window.host.answers.every((a) => a.status < 300) ? 'yes' : 'no';
    done({ next: POST_SUBMIT__NEW_INSTANCE });
}

const xml = await fetch(`${version}.xml`);
if (!xml.ok) throw new Error(`the form: ${xml.status}`);
const formXml = await xml.text();

createApp({
    render: () =>
        h(OdkWebForm, {
            formXml,
            fetchFormAttachment: (url) =>
                fetch(`${version}/attachments/${url.pathname.split('/').pop()}`),
            trackDevice: true,
            onSubmit: send,
        }),
})
    .use(webFormsPlugin)
    .mount('#form');
